import type { WaitOptions } from './wait-options.ts'
import type { Fault } from './network-faults.ts'

/**
 * The result of {@link TopicPartition.applyRetention}. The files are deleted after
 * `file.delete.delay.ms`; until then they are no longer readable.
 */
export interface RetentionResult {
  readonly segments: number
  /** Size of the records in bytes. */
  readonly sizeInBytes: number
}

/** The result of {@link TopicPartition.compact}. */
export interface CompactionResult {
  /** Superseded records, expired tombstones, and records of aborted transactions. */
  readonly records: number
  /**
   * The difference in the number of segments. Compaction rewrites the log in segments of up to
   * `segment.bytes`.
   */
  readonly segments: number
  /** Size of the records in bytes. */
  readonly sizeInBytes: number
}

/**
 * A partition: its replicas, and operations on the broker that leads it. The properties are the
 * current ones at each access. They throw `UNKNOWN_TOPIC` if the topic was deleted.
 */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
  /** The broker that leads the partition, as the controller knows it; `undefined` if none does. */
  readonly leader: number | undefined
  /** Grows with every new leader. */
  readonly leaderEpoch: number
  /** The brokers with a replica. The first one is the preferred leader. */
  readonly replicas: readonly number[]
  /** The brokers whose replicas are in sync. */
  readonly isr: readonly number[]
  /** The high watermark of the leader; `undefined` while it does not run. */
  readonly highWatermark: number | undefined
  /** The log end offset of each replica on a broker that runs, by broker id. */
  readonly logEndOffsets: ReadonlyMap<number, number>
  /**
   * Waits until the partition has a leader, all of its replicas are in sync, and none is being
   * moved.
   *
   * @throws OdradekError `TIMEOUT`, `ABORTED`, `CLUSTER_CLOSED`, or `UNKNOWN_TOPIC` if the topic is
   * deleted meanwhile
   */
  inSync(options?: WaitOptions): Promise<void>
  /**
   * Makes a broker with an in-sync replica the leader, in a new leader epoch. Resolves when it
   * leads. The order of the replicas stays: with `auto.leader.rebalance.enable` the preferred
   * leader leads again later.
   *
   * ```ts
   * await cluster.topic('orders').partition(0).moveLeader(2)
   * ```
   *
   * @throws OdradekError `UNKNOWN_BROKER`; `REPLICA_UNAVAILABLE` if the broker has no replica, is
   * fenced or not in sync; errors as {@link TopicPartition.inSync}
   */
  moveLeader(brokerId: number, options?: WaitOptions): Promise<void>
  /**
   * Moves the partition to these brokers, as AlterPartitionReassignments does. The number of
   * replicas may change. Resolves when the new replicas are in sync and the others are removed. The
   * move continues when the wait ends with an error.
   *
   * @throws OdradekError `UNKNOWN_BROKER`, `INVALID_OPTION`; errors as
   * {@link TopicPartition.inSync}
   */
  setReplicas(brokerIds: readonly number[], options?: WaitOptions): Promise<void>
  /**
   * Removes followers from the in-sync replicas, and keeps them out for any leader. They copy
   * records as before, but do not count for `acks=all`, the high watermark and elections. Resolves
   * when they are not in sync. {@link Fault.heal} lets them join again, and resolves when they
   * have.
   *
   * ```ts
   * const held = await cluster.topic('orders').partition(0).shrinkIsr([3])
   * await held.heal()
   * ```
   *
   * @throws OdradekError `INVALID_OPTION` if a broker is the leader or has no replica; errors as
   * {@link TopicPartition.inSync}
   */
  shrinkIsr(brokerIds: readonly number[], options?: WaitOptions): Promise<Fault>
  /**
   * Starts a new segment. Kafka does this when the active segment is full or old enough
   * (`segment.bytes`, `segment.ms`). Resolves to false if the active segment is empty.
   *
   * @throws OdradekError as the other methods: `UNKNOWN_TOPIC` if the topic was deleted;
   * `PARTITION_UNAVAILABLE` if no broker leads the partition, or if its disk fails or the cluster
   * closes during the call
   */
  roll(): Promise<boolean>
  /**
   * Does now what brokers do every `log.retention.check.interval.ms`. Deletes segments older than
   * `retention.ms` or beyond `retention.bytes` if `cleanup.policy` includes `delete`, and segments
   * below the log start offset that DeleteRecords set, under any policy. The age of a segment is
   * that of its newest record, by the cluster's clock. The active segment is also rolled and
   * deleted if all of its records expire. A second call at the same time removes nothing.
   */
  applyRetention(): Promise<RetentionResult>
  /**
   * Compacts everything that can be compacted now: rolls the active segment and cleans the log,
   * regardless of `min.cleanable.dirty.ratio`.
   *
   * Records younger than `min.compaction.lag.ms`, and records after the start of an open
   * transaction, are retained. Tombstones and transaction markers are retained until
   * `delete.retention.ms` has passed since their first compaction (KIP-534); then the next call
   * removes them. Kafka's cleaner, and the background cleaner here, remove them only when there are
   * other records to clean.
   *
   * A second call at the same time removes nothing. Offsets never change. Requests are handled
   * during a compaction, and the clock does not have to move.
   *
   * @throws OdradekError `NOT_COMPACTED` if the topic's `cleanup.policy` does not include
   * `compact`, or if the topic is read-only; `CORRUPT_LOG` if the log cannot be read
   */
  compact(): Promise<CompactionResult>
}

/** A topic of a running cluster, with operations that the Kafka protocol does not have. */
export interface Topic {
  readonly name: string
  /** The current partitions, ordered by number. */
  readonly partitions: readonly TopicPartition[]
  /** @throws OdradekError `UNKNOWN_PARTITION` if the topic has no such partition */
  partition(partition: number): TopicPartition
  /** Calls {@link TopicPartition.applyRetention} for every partition. Resolves to the totals. */
  applyRetention(): Promise<RetentionResult>
  /**
   * Calls {@link TopicPartition.compact} for every partition, one after the other. Resolves to the
   * totals.
   */
  compact(): Promise<CompactionResult>
}
