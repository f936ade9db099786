import type { TopicPartition } from '../topic-partition.ts'

/**
 * Is called during `poll`, `unsubscribe` and `close` when partitions come and go (Kafka's `ConsumerRebalanceListener`).
 * What the functions return is awaited before the rebalance goes on.
 */
export interface RebalanceListener {
  /** Called with the partitions that are new. */
  onAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>
  /** Called before partitions are given up; their offsets can still be committed. */
  onRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>
  /** Called when others may own the partitions already, such as after a session timeout. Default: `onRevoked`. */
  onLost?(partitions: readonly TopicPartition[]): void | Promise<void>
}
