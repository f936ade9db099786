import type { Metadata } from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'

type MetadataResponse = ResponseOf<typeof Metadata>
type TopicResponse = MetadataResponse['topics'][number]

/** A broker of the cluster, as its metadata describes it. */
export type BrokerNode = MetadataResponse['brokers'][number]

/** A partition, as the metadata describes it. */
export type PartitionMetadata = TopicResponse['partitions'][number]

/** A topic, as the metadata describes it. */
export interface TopicMetadata {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  /** In the order of their numbers. */
  readonly partitions: readonly PartitionMetadata[]
}

/**
 * Returns a topic as a response describes it. Where the response knows an older leader of a partition than was known
 * before, because the broker that answered lags behind, the newer one is kept.
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
