import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import type { Turn } from '../platform/turn.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { NetworkLogger } from '../network/network-logger.ts'
import { ApiError } from '../protocol/api-error.ts'
import { BrokerLoggers } from '../controller/broker-loggers.ts'
import type { BrokerMetadata } from '../controller/broker-metadata.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import { ForwardedRequests, type ControllerChannel } from '../controller/controller-channel.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import { topicLogConfig } from '../controller/topic-config.ts'
import { readGroupConfig } from '../coordinator/group/group-config.ts'
import { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import type { BrokerServices } from './broker-services.ts'
import { Delays } from './delays.ts'
import { DeletedTopics } from './deleted-topics.ts'
import { FetchSessionCache } from './fetch-session-cache.ts'
import { internalPartition } from './internal-partition.ts'
import { InternalTopic, partitionCountOf } from './internal-topics.ts'
import type { PeerBrokers } from './peer-brokers.ts'
import type { Profile } from './profile.ts'
import { ProducerIdBlock } from './producer-id-block.ts'
import { ReplicaManager } from './replica-manager.ts'
import { servedApis } from './served-apis.ts'
import { TransactionMarkers } from './transaction-markers.ts'

const OFFSETS_TOPIC = InternalTopic.ConsumerOffsets

/** The controller's id while there is none. */
const NO_CONTROLLER = -1

/** The parts from which the services of a broker are built. */
export interface ServicesOptions {
  readonly profile: Profile
  /** The cluster metadata as this broker knows it, and its configs. */
  readonly metadata: BrokerMetadata
  /** The channel to the active controller. */
  readonly channel: ControllerChannel
  /** The channel to all brokers. */
  readonly peers: PeerBrokers
  /** Open logs, which the broker does not close. */
  readonly logs: LogManager
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly logger: NetworkLogger
}

/** Builds the services of one broker and connects them. */
export function createServices(options: ServicesOptions): BrokerServices {
  const { metadata, channel, clock, random, logs, logger, profile } = options
  const { brokerId, image, config } = metadata
  const controller = new ForwardedRequests(channel)
  const replicas = new ReplicaManager({
    brokerId,
    image,
    logs,
    logConfig: (topic) => topicLogConfig(image.configs(ConfigResourceType.Topic, topic), config),
    onElected: (partition) => {
      if (partition.topic === OFFSETS_TOPIC) groups.onElected(internalPartition(partition))
    },
    onResigned: ({ topic, partition }) => {
      if (topic === OFFSETS_TOPIC) groups.onResigned(partition)
    },
    onAssigned: (assignments) => void controller.assignReplicasToDirs(brokerId, assignments),
  })
  const groups = new GroupCoordinator({
    clock,
    random,
    turn: options.turn,
    config: readGroupConfig(config),
    partitionCount: () => partitionCountOf(OFFSETS_TOPIC, image, config),
    topics: image,
    expireMembersOfClosedConnections: profile === 'test',
    onLoadFailure: (partition, error) =>
      reportUnreadableOffsets(partition, error, replicas, logger),
  })
  const delays = new Delays(clock)
  const sessionSlots = config.number('max.incremental.fetch.session.cache.slots')
  return {
    brokerId,
    apis: servedApis.map(({ api }) => api),
    profile,
    config,
    loggers: new BrokerLoggers(),
    controller,
    image,
    clock,
    logger,
    logs,
    replicas,
    groups,
    fetchSessions: new FetchSessionCache(clock, random, sessionSlots),
    producerIds: new ProducerIdBlock(controller, brokerId),
    deletedTopics: new DeletedTopics(clock),
    delays,
    markers: new TransactionMarkers({ image, peers: options.peers, delays, logger }),
    maxFetchBytes: config.number('fetch.max.bytes'),
    controllerId: () => shownController(channel, image),
  }
}

function reportUnreadableOffsets(
  partition: number,
  error: unknown,
  replicas: ReplicaManager,
  logger: NetworkLogger,
): void {
  const led = replicas.leader(OFFSETS_TOPIC, partition)
  const directory = led instanceof ApiError ? `${OFFSETS_TOPIC}-${partition}` : led.log.directory
  logger.error(
    { topic: OFFSETS_TOPIC, partition, err: error },
    `Cannot load ${OFFSETS_TOPIC}-${partition}: its groups answer NOT_COORDINATOR. To see the damage: odradek dump --verify ${directory}`,
  )
}

/** Returns the active controller's broker if this broker knows that it is active; otherwise -1. */
function shownController({ controllerId }: ControllerChannel, image: MetadataImage): number {
  return controllerId !== undefined && image.isAlive(controllerId) ? controllerId : NO_CONTROLLER
}
