import { BrokerLoggers } from '../controller/broker-loggers.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import { ForwardedRequests, type ControllerChannel } from '../controller/controller-channel.ts'
import type { BrokerConfig } from '../controller/broker-config.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import { topicLogConfig } from '../controller/topic-config.ts'
import type { InternalPartition } from '../coordinator/runtime/internal-partition.ts'
import type { BrokerServices } from './broker-services.ts'
import { createCoordinators } from './create-coordinators.ts'
import { Delays } from './delays.ts'
import { DeletedTopics } from './deleted-topics.ts'
import { FetchSessionCache } from './fetch-session-cache.ts'
import { internalPartition } from './internal-partition.ts'
import { InternalTopic } from './internal-topics.ts'
import { ParkedFetches } from './parked-fetches.ts'
import { ReplicaManager } from './replica-manager.ts'
import { createReplication } from './replication/create-replication.ts'
import {
  RACK_AWARE_SELECTOR,
  rackAwareReplicaSelector,
  type ReplicaSelector,
} from './replica-selector.ts'
import { StreamsInternalTopics } from './streams-internal-topics.ts'
import { servedApis } from './served-apis.ts'
import { createSharePartitions } from './share/create-share-partitions.ts'
import type { ServicesOptions } from './services-options.ts'

/** The controller's id while there is none. */
const NO_CONTROLLER = -1

/** A coordinator that keeps its state in an internal topic. */
interface StateCoordinator {
  onElected(partition: InternalPartition): void
  onResigned(partition: number): void
}

/** Builds the services of one broker and connects them. */
export function createServices(options: ServicesOptions): BrokerServices {
  const { metadata, channel, clock, random, logs, logger, profile } = options
  const { brokerId, image, config } = metadata
  const controller = new ForwardedRequests(channel)
  const delays = new Delays(clock)
  const { replication, fetchers } = createReplication(options, { controller, delays })
  const replicas = new ReplicaManager({
    brokerId,
    image,
    logs,
    replication,
    fetchers,
    logConfig: (topic) => topicLogConfig(image.configs(ConfigResourceType.Topic, topic), config),
    onElected: (partition) =>
      coordinatorsByTopic.get(partition.topic)?.onElected(internalPartition(partition)),
    onResigned: ({ topic, partition }) => coordinatorsByTopic.get(topic)?.onResigned(partition),
    onAssigned: (assignments) => void controller.assignReplicasToDirs(brokerId, assignments),
  })
  const coordinators = createCoordinators(options, { replicas, controller, delays })
  const coordinatorsByTopic = new Map<string, StateCoordinator>([
    [InternalTopic.ConsumerOffsets, coordinators.groups],
    [InternalTopic.TransactionState, coordinators.transactions],
    [InternalTopic.ShareGroupState, coordinators.shareCoordinator],
  ])
  const sessionSlots = config.number('max.incremental.fetch.session.cache.slots')
  return {
    brokerId,
    apis: servedApis.map(({ api }) => api),
    profile,
    config,
    loggers: new BrokerLoggers(),
    advertise: options.advertise ?? new Map(),
    replicaSelector: options.replicaSelector ?? selectorOf(config),
    controller,
    image,
    clock,
    logger,
    turn: options.turn,
    logs,
    replicas,
    ...coordinators,
    sharePartitions: createSharePartitions(options, {
      ...coordinators,
      replicas,
      controller,
      delays,
    }),
    fetchSessions: new FetchSessionCache(clock, random, sessionSlots),
    deletedTopics: new DeletedTopics(clock),
    delays,
    streamsInternalTopics: new StreamsInternalTopics(controller, clock),
    parkedFetches: new ParkedFetches(profile),
    maxFetchBytes: config.number('fetch.max.bytes'),
    controllerId: () => shownController(channel, image),
  }
}

/** Returns the active controller's broker if this broker knows that it is active; otherwise -1. */
function shownController({ controllerId }: ControllerChannel, image: MetadataImage): number {
  return controllerId !== undefined && image.isAlive(controllerId) ? controllerId : NO_CONTROLLER
}

function selectorOf(config: BrokerConfig): ReplicaSelector | undefined {
  return config.string('replica.selector.class') === RACK_AWARE_SELECTOR
    ? rackAwareReplicaSelector
    : undefined
}
