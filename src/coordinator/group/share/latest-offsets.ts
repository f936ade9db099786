import type { Answer } from '../../../controller/answer.ts'
import type { ApiError } from '../../../protocol/api-error.ts'

/** A partition by the name of its topic. */
export interface NamedPartition {
  readonly topic: string
  readonly partition: number
}

/** The high watermark of a partition, or the error of its leader. */
export type LatestOffset = number | ApiError

/**
 * Asks the leaders of partitions for their high watermarks (Kafka's `PartitionMetadataClient`).
 * Returns one result per partition, in the given order.
 */
export type LatestOffsets = (
  partitions: readonly NamedPartition[],
) => Answer<readonly LatestOffset[]>
