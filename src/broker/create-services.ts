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
import { readTransactionConfig } from '../coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import type { TransactionHooks } from '../coordinator/transaction/transaction-hooks.ts'
import type { BrokerServices } from './broker-services.ts'
import { Delays } from './delays.ts'
import { DeletedTopics } from './deleted-topics.ts'
import { FetchSessionCache } from './fetch-session-cache.ts'
import { internalPartition } from './internal-partition.ts'
import { InternalTopic, isInternalTopic, partitionCountOf } from './internal-topics.ts'
import type { PeerBrokers } from './peer-brokers.ts'
import type { Profile } from './profile.ts'
import { ProducerIdBlock } from './producer-id-block.ts'
import { ReplicaManager } from './replica-manager.ts'
import { servedApis } from './served-apis.ts'
import { TransactionMarkers } from './transaction-markers.ts'

const OFFSETS_TOPIC = InternalTopic.ConsumerOffsets
const TRANSACTION_TOPIC = InternalTopic.TransactionState

/** The feature whose level decides the version of transactions (KIP-890). */
const TRANSACTION_FEATURE = 'transaction.version'

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
  /** Observes and holds the transactions that this broker coordinates. Default none. */
  readonly transactionHooks?: TransactionHooks | undefined
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
      if (partition.topic === TRANSACTION_TOPIC)
        transactions.onElected(internalPartition(partition))
    },
    onResigned: ({ topic, partition }) => {
      if (topic === OFFSETS_TOPIC) groups.onResigned(partition)
      if (topic === TRANSACTION_TOPIC) transactions.onResigned(partition)
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
    onLoadFailure: reportUnreadable(OFFSETS_TOPIC, 'groups', replicas, logger),
  })
  const delays = new Delays(clock)
  const markers = new TransactionMarkers({ image, peers: options.peers, delays, logger })
  const producerIds = new ProducerIdBlock(controller, brokerId)
  const transactions = new TransactionCoordinator({
    clock,
    config: readTransactionConfig(config),
    partitionCount: () => partitionCountOf(TRANSACTION_TOPIC, image, config),
    partitionExists: ({ topic, partition }) => image.partition(topic, partition) !== undefined,
    isInternalTopic,
    transactionVersion: () => image.features.get(TRANSACTION_FEATURE) ?? 0,
    producerIds,
    markers,
    hooks: options.transactionHooks,
    onLoadFailure: reportUnreadable(TRANSACTION_TOPIC, 'transactional ids', replicas, logger),
  })
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
    transactions,
    fetchSessions: new FetchSessionCache(clock, random, sessionSlots),
    producerIds,
    deletedTopics: new DeletedTopics(clock),
    delays,
    markers,
    maxFetchBytes: config.number('fetch.max.bytes'),
    controllerId: () => shownController(channel, image),
  }
}

/** Returns the function that logs that a partition of a coordinator's topic cannot be read. */
function reportUnreadable(
  topic: string,
  what: string,
  replicas: ReplicaManager,
  logger: NetworkLogger,
): (partition: number, error: unknown) => void {
  return (partition, error) => {
    const led = replicas.leader(topic, partition)
    const directory = led instanceof ApiError ? `${topic}-${partition}` : led.log.directory
    logger.error(
      { topic, partition, err: error },
      `Cannot load ${topic}-${partition}: its ${what} answer NOT_COORDINATOR. To see the damage: odradek dump --verify ${directory}`,
    )
  }
}

/** Returns the active controller's broker if this broker knows that it is active; otherwise -1. */
function shownController({ controllerId }: ControllerChannel, image: MetadataImage): number {
  return controllerId !== undefined && image.isAlive(controllerId) ? controllerId : NO_CONTROLLER
}
