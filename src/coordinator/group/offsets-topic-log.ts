import type { ErrorCode } from '../../protocol/error-code.ts'

/** The name of the topic that groups and their committed offsets are kept in. */
export const OFFSETS_TOPIC = '__consumer_offsets'

/** The replicas of `__consumer_offsets` on this broker, as the coordinator needs them. */
export interface OffsetsTopicLog {
  /** How many partitions the topic has, or will have (`offsets.topic.num.partitions`) while it does not exist. */
  readonly partitionCount: number
  /**
   * Appends one batch to a partition that this broker leads; synchronous, so that a change of state and its record are
   * one step. Returns the log's error, or `None`.
   */
  append(partition: number, batch: Uint8Array): ErrorCode
  /** All bytes of a partition's log in order, in pieces of whole batches. */
  read(partition: number): Iterable<Uint8Array>
}
