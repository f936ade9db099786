import { BrokerLoggers } from '../controller/broker-loggers.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import { ForwardedRequests, type ControllerChannel } from '../controller/controller-channel.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import { topicLogConfig } from '../controller/topic-config.ts'
import type { BrokerServices } from './broker-services.ts'
import { createCoordinators } from './create-coordinators.ts'
import { Delays } from './delays.ts'
import { DeletedTopics } from './deleted-topics.ts'
import { FetchSessionCache } from './fetch-session-cache.ts'
import { internalPartition } from './internal-partition.ts'
import { InternalTopic } from './internal-topics.ts'
import { ReplicaManager } from './replica-manager.ts'
import { servedApis } from './served-apis.ts'
import type { ServicesOptions } from './services-options.ts'

const OFFSETS_TOPIC = InternalTopic.ConsumerOffsets
const TRANSACTION_TOPIC = InternalTopic.TransactionState

/** The controller's id while there is none. */
const NO_CONTROLLER = -1

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
  const delays = new Delays(clock)
  const coordinators = createCoordinators(options, { replicas, controller, delays })
  const { groups, transactions } = coordinators
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
    ...coordinators,
    fetchSessions: new FetchSessionCache(clock, random, sessionSlots),
    deletedTopics: new DeletedTopics(clock),
    delays,
    maxFetchBytes: config.number('fetch.max.bytes'),
    controllerId: () => shownController(channel, image),
  }
}

/** Returns the active controller's broker if this broker knows that it is active; otherwise -1. */
function shownController({ controllerId }: ControllerChannel, image: MetadataImage): number {
  return controllerId !== undefined && image.isAlive(controllerId) ? controllerId : NO_CONTROLLER
}
