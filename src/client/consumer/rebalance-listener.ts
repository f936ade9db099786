import type { TopicPartition } from '../topic-partition.ts'

/**
 * Called during `poll`, `unsubscribe` and `close` when the assignment changes (Kafka's
 * `ConsumerRebalanceListener`). Returned promises are awaited before the rebalance continues.
 */
export interface RebalanceListener {
  /** Called with the new partitions. */
  onAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>
  /** Called before partitions are revoked. Their offsets can still be committed. */
  onRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>
  /**
   * Called if other members may already own the partitions, for example after a session timeout.
   * Default: `onRevoked`.
   */
  onLost?(partitions: readonly TopicPartition[]): void | Promise<void>
}
