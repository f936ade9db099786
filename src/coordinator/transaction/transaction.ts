import type { MarkerSending } from './marker-sender.ts'
import type { TopicPartition } from './partition-set.ts'
import { changed } from './transaction-metadata.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import { isPrepared } from './transaction-state.ts'

/** A transactional id on its coordinator: what is stored for it, and what it waits for. */
export class Transaction {
  readonly transactionalId: string
  #metadata: TransactionMetadata
  #hasFailedFence = false
  /** The number of its records that are not committed yet. */
  uncommittedRecords = 0
  /**
   * Whether a transition failed because `transaction.version` 0 has no records for it. As in Kafka,
   * nothing else succeeds until the partition is loaded again.
   */
  isBlocked = false
  /** The markers that are being written. */
  sending: MarkerSending | undefined

  constructor(transactionalId: string, metadata: TransactionMetadata) {
    this.transactionalId = transactionalId
    this.#metadata = metadata
  }

  /** The metadata of the last record; after a failed fence with a larger epoch. */
  get metadata(): TransactionMetadata {
    return this.#metadata
  }

  /** Whether the epoch was increased to fence the producer, and the abort could not be stored. */
  get hasFailedFence(): boolean {
    return this.#hasFailedFence
  }

  /** Called when a record is replayed. */
  replay(metadata: TransactionMetadata): void {
    this.#metadata = metadata
    this.#hasFailedFence = false
  }

  /**
   * Keeps the epoch that fences the producer although the abort could not be stored, as Kafka does
   * (`hasFailedEpochFence`). The next attempt uses the same epoch.
   */
  keepFence(fenced: TransactionMetadata): void {
    this.#metadata = fenced
    this.#hasFailedFence = true
  }

  /**
   * Whether a transition has begun and is not complete (Kafka's `pendingTransitionInProgress`):
   * most requests are answered with CONCURRENT_TRANSACTIONS.
   */
  get isPending(): boolean {
    return this.isBlocked || this.uncommittedRecords > 0 || isPrepared(this.#metadata.state)
  }

  /** Called when partitions have their marker: they are no longer part of the transaction. */
  removePartitions(partitions: readonly TopicPartition[]): void {
    const remaining = this.#metadata.partitions.without(partitions)
    this.#metadata = changed(this.#metadata, { partitions: remaining })
  }
}
