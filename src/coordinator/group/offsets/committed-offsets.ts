import { NO_PRODUCER_ID } from '../../runtime/coordinator-shard.ts'
import type { OffsetCommit } from '../group-records.ts'
import type { CommittedOffset } from './committed-offset.ts'
import { OffsetTable, type ByPartition } from './offset-table.ts'

/** A committed offset, and the offset of its record. */
interface StoredOffset extends CommittedOffset {
  readonly recordOffset: number
}

/**
 * The committed offsets of the groups in one partition of `__consumer_offsets` (Kafka's
 * `OffsetMetadataManager`). Those of open transactions are pending: they become visible when the
 * transaction commits, and are dropped when it aborts.
 */
export class CommittedOffsets {
  readonly #committed = new OffsetTable<StoredOffset>()
  /** By producer id. */
  readonly #pending = new Map<number, OffsetTable<StoredOffset>>()
  /** The producers whose open transactions have an offset for a partition. */
  readonly #openTransactions = new OffsetTable<Set<number>>()

  ofGroup(groupId: string): ByPartition<CommittedOffset> {
    return this.#committed.ofGroup(groupId)
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#committed.get(groupId, topic, partition)
  }

  /** Whether an open transaction has an offset for the partition. */
  isPending(groupId: string, topic: string, partition: number): boolean {
    return this.#openTransactions.get(groupId, topic, partition) !== undefined
  }

  /** Whether an open transaction has an offset for the group. */
  hasPending(groupId: string): boolean {
    return this.#openTransactions.has(groupId)
  }

  /** Returns the partitions of a group for which open transactions have an offset. */
  pendingOfGroup(groupId: string): ByPartition<unknown> {
    return this.#openTransactions.ofGroup(groupId)
  }

  /** Yields all offsets: first the committed ones, then those of each open transaction. */
  *entries(): Generator<
    readonly [groupId: string, topic: string, partition: number, value: CommittedOffset]
  > {
    yield* this.#committed.entries()
    for (const pending of this.#pending.values()) yield* pending.entries()
  }

  /**
   * Applies a record: a commit, or a tombstone, which also removes pending commits of the
   * partition.
   */
  replay(record: OffsetCommit, recordOffset: number, producerId: number): void {
    const { groupId, topic, partition, committed } = record
    if (committed === null) return this.#delete(groupId, topic, partition)
    const stored = storedOffset(committed, recordOffset)
    if (producerId === NO_PRODUCER_ID) this.#committed.put(groupId, topic, partition, stored)
    else this.#addPending(record, stored, producerId)
  }

  /**
   * Ends a transaction. An offset that was committed after the transaction's own one is kept.
   * Returns the ids of the groups with offsets in the transaction.
   */
  replayEndTransaction(producerId: number, isCommitted: boolean): ReadonlySet<string> {
    const groupIds = new Set<string>()
    const pending = this.#pending.get(producerId)
    if (pending === undefined) return groupIds
    this.#pending.delete(producerId)
    for (const [groupId, topic, partition, stored] of pending.entries()) {
      groupIds.add(groupId)
      const producers = this.#openTransactions.get(groupId, topic, partition)!
      producers.delete(producerId)
      if (producers.size === 0) this.#openTransactions.delete(groupId, topic, partition)
      if (!isCommitted) continue
      const current = this.#committed.get(groupId, topic, partition)
      if (current !== undefined && current.recordOffset > stored.recordOffset) continue
      this.#committed.put(groupId, topic, partition, stored)
    }
    return groupIds
  }

  #addPending(record: OffsetCommit, stored: StoredOffset, producerId: number): void {
    const { groupId, topic, partition } = record
    let pending = this.#pending.get(producerId)
    if (pending === undefined) this.#pending.set(producerId, (pending = new OffsetTable()))
    pending.put(groupId, topic, partition, stored)
    const producers = this.#openTransactions.get(groupId, topic, partition)
    if (producers !== undefined) producers.add(producerId)
    else this.#openTransactions.put(groupId, topic, partition, new Set([producerId]))
  }

  #delete(groupId: string, topic: string, partition: number): void {
    this.#committed.delete(groupId, topic, partition)
    for (const producerId of this.#openTransactions.get(groupId, topic, partition) ?? []) {
      this.#pending.get(producerId)!.delete(groupId, topic, partition)
    }
    this.#openTransactions.delete(groupId, topic, partition)
  }
}

/** Copies field by field, which is faster than spreading. */
function storedOffset(committed: CommittedOffset, recordOffset: number): StoredOffset {
  return {
    offset: committed.offset,
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestampMs: committed.commitTimestampMs,
    expireTimestampMs: committed.expireTimestampMs,
    topicId: committed.topicId,
    recordOffset,
  }
}
