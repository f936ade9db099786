import type { Metadata } from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'

type MetadataResponse = ResponseOf<typeof Metadata>
type TopicResponse = MetadataResponse['topics'][number]

/** A broker of the cluster, as in its metadata. */
export type BrokerNode = MetadataResponse['brokers'][number]

/** A partition, as in the metadata. */
export type PartitionMetadata = TopicResponse['partitions'][number]

/** A topic, as in the metadata. */
export interface TopicMetadata {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  /** Ordered by number. */
  readonly partitions: readonly PartitionMetadata[]
}

/**
 * Returns a topic from a response. If the response has an older leader of a partition than the
 * known one, because its broker lags, the newer one is kept.
 */
export function topicMetadata(
  topic: TopicResponse & { readonly name: string },
  known: TopicMetadata | undefined,
): TopicMetadata {
  const { name, topicId, isInternal } = topic
  const isSame = known !== undefined && known.topicId === topicId
  const partitions = topic.partitions.map((partition) => {
    const before = isSame ? known.partitions[partition.partitionIndex] : undefined
    return before !== undefined && before.leaderEpoch > partition.leaderEpoch ? before : partition
  })
  partitions.sort((a, b) => a.partitionIndex - b.partitionIndex)
  return { name, topicId, isInternal, partitions }
}
