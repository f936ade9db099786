import type { Answer } from '../controller/answer.ts'
import type { ControllerRequests, CreatableTopic } from '../controller/operations.ts'
import type { BrokerConfig } from '../controller/broker-config.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'

/** The topics in which brokers keep their own state. */
export const InternalTopic = {
  ConsumerOffsets: '__consumer_offsets',
  TransactionState: '__transaction_state',
  ShareGroupState: '__share_group_state',
} as const

const names: ReadonlySet<string> = new Set(Object.values(InternalTopic))

/** Returns whether brokers keep their own state in a topic. */
export function isInternalTopic(name: string): boolean {
  return names.has(name)
}

/** Creates an internal topic unless it exists. The image shows whether that succeeded. */
export function createInternalTopic(
  name: string,
  services: {
    readonly image: MetadataImage
    readonly controller: ControllerRequests
    readonly config: BrokerConfig
  },
): Answer<unknown> {
  const { image, controller, config } = services
  return image.topics.has(name) ? undefined : controller.createTopics([internalTopic(name, config)])
}

/**
 * Returns the number of partitions of an internal topic, or the configured number if it does not
 * exist.
 */
export function partitionCountOf(
  name: string,
  image: Pick<MetadataImage, 'topics'>,
  config: BrokerConfig,
): number {
  return image.topics.get(name)?.partitions.length ?? internalTopic(name, config).numPartitions
}

/**
 * Returns an internal topic as Kafka creates it: partitions, replicas and configs come from the
 * broker's configs.
 */
function internalTopic(name: string, config: BrokerConfig): CreatableTopic {
  switch (name) {
    case InternalTopic.TransactionState:
      return creatable(name, 'transaction.state.log', config, {
        'cleanup.policy': 'compact',
        'compression.type': 'uncompressed',
        'min.insync.replicas': String(config.number('transaction.state.log.min.isr')),
        'unclean.leader.election.enable': 'false',
      })
    case InternalTopic.ShareGroupState:
      return creatable(name, 'share.coordinator.state.topic', config, {
        'cleanup.policy': 'delete',
        'compression.type': 'producer',
        'min.insync.replicas': String(config.number('share.coordinator.state.topic.min.isr')),
        'retention.ms': '-1',
      })
    default:
      return creatable(name, 'offsets.topic', config, {
        'cleanup.policy': 'compact',
        'compression.type': 'producer',
      })
  }
}

function creatable(
  name: string,
  prefix: 'offsets.topic' | 'transaction.state.log' | 'share.coordinator.state.topic',
  config: BrokerConfig,
  configs: Record<string, string>,
): CreatableTopic {
  const all = { ...configs, 'segment.bytes': String(config.number(`${prefix}.segment.bytes`)) }
  return {
    name,
    numPartitions: config.number(`${prefix}.num.partitions`),
    replicationFactor: config.number(`${prefix}.replication.factor`),
    assignments: [],
    configs: Object.entries(all).map(([configName, value]) => ({ name: configName, value })),
  }
}
