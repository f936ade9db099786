/**
 * What {@link TopicPartition.applyRetention} took off the log. Files stay until `file.delete.delay.ms` is over, out of reach.
 */
export interface RetentionResult {
  readonly segments: number
  /** Bytes of records. */
  readonly sizeInBytes: number
}

/** What {@link TopicPartition.compact} took out of the log. */
export interface CompactionResult {
  /** Records that were superseded, expired tombstones, and records of aborted transactions. */
  readonly records: number
  /** How many segments fewer there are; the log is written anew in segments of up to `segment.bytes`. */
  readonly segments: number
  /** Bytes of records. */
  readonly sizeInBytes: number
}

/** One partition, as the broker that leads it has it. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
  /**
   * Begins a new segment, which Kafka does when the active one is full or old enough (`segment.bytes`, `segment.ms`).
   * False when the active one is empty.
   *
   * @throws OdradekError as the other methods do: `UNKNOWN_TOPIC` when the topic was deleted, `PARTITION_UNAVAILABLE`
   * when no broker leads the partition, or its disk fails or the cluster closes meanwhile
   */
  roll(): Promise<boolean>
  /**
   * Does now what brokers do every `log.retention.check.interval.ms`: segments older than `retention.ms`, or beyond
   * `retention.bytes`, are deleted where `cleanup.policy` has `delete`, and those below the log start offset of a
   * DeleteRecords under any policy. Age is that of the newest record, by the cluster's clock. The active segment is rolled
   * and deleted too when all of its records may go. A second call at the same time removes nothing.
   */
  applyRetention(): Promise<RetentionResult>
  /**
   * Compacts everything that may be compacted now. Rolls the active segment, then cleans the log, whatever
   * `min.cleanable.dirty.ratio` says. Records younger than `min.compaction.lag.ms`, and those after the start of an open
   * transaction, stay. Tombstones and transaction markers stay until `delete.retention.ms` has passed since they were first
   * compacted (KIP-534); then the next call removes them. Kafka's cleaner, and the one in the background here, removes them
   * only when it has other records to clean. A second call at the same time removes nothing. Offsets never change. Other
   * work goes on meanwhile; the clock need not move.
   *
   * @throws OdradekError `NOT_COMPACTED` when `cleanup.policy` of the topic has no `compact`, as that of a read-only topic,
   * `CORRUPT_LOG` when the log can't be read
   */
  compact(): Promise<CompactionResult>
}

/** A topic of a running cluster, for what clients have no request for. */
export interface Topic {
  readonly name: string
  /** In the order of their numbers, as they are now. */
  readonly partitions: readonly TopicPartition[]
  /** @throws OdradekError `UNKNOWN_PARTITION` when the topic has no such partition */
  partition(partition: number): TopicPartition
  /** {@link TopicPartition.applyRetention} for every partition; what was removed in all. */
  applyRetention(): Promise<RetentionResult>
  /** {@link TopicPartition.compact} for every partition, one after the other; what was removed in all. */
  compact(): Promise<CompactionResult>
}
