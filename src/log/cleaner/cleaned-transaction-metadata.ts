import type { BatchView } from '../../record/batch-view.ts'
import { ControlRecordType, controlRecordType } from '../../record/control-record.ts'
import { recordsOf } from '../../record/records.ts'
import type { AbortedTxn, TransactionIndex } from '../index/transaction-index.ts'

interface OngoingAbort {
  readonly aborted: AbortedTxn
  /** Whether a batch of it is still in the log. */
  isObserved: boolean
}

/**
 * Tracks the aborted transactions of the batches read so far, and the markers without remaining
 * batches (Kafka's `CleanedTransactionMetadata`). Called with the batches of a log, in order.
 */
export class CleanedTransactionMetadata {
  /** Transactions that begin above the batches read so far. Ordered by first offset. */
  #ahead: AbortedTxn[] = []
  readonly #ongoingAborts = new Map<number, OngoingAbort>()
  /** Producers with a batch of a transaction that was not aborted. */
  readonly #ongoingCommits = new Set<number>()
  /** The index of the cleaned segment, for aborted transactions with remaining batches. */
  cleanedIndex: TransactionIndex | undefined

  /** Adds the aborted transactions of the next part of the log. Known ones may be among them. */
  addAbortedTransactions(aborted: readonly AbortedTxn[]): void {
    if (aborted.length === 0) return
    this.#ahead = [...this.#ahead, ...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Returns whether the records of the batch were aborted. */
  onBatchRead(batch: BatchView): boolean {
    if (this.#ahead.length > 0) this.#beginAbortsUpTo(batch.lastOffset)
    if (!batch.isTransactional) return false
    const abort = this.#ongoingAborts.get(batch.producerId)
    if (abort === undefined) {
      this.#ongoingCommits.add(batch.producerId)
      return false
    }
    abort.isObserved = true
    return true
  }

  /** Returns whether the marker may be removed, because no batch of its transaction is left. */
  onControlBatchRead(batch: BatchView): boolean {
    if (this.#ahead.length > 0) this.#beginAbortsUpTo(batch.lastOffset)
    const { producerId } = batch
    for (const { key } of recordsOf(batch)) {
      const type = controlRecordType(key)
      if (type === ControlRecordType.Abort) return !this.#endAbort(producerId)
      return type === ControlRecordType.Commit && !this.#ongoingCommits.delete(producerId)
    }
    // An earlier cleaning kept this marker without its record, to preserve its producer.
    return true
  }

  #beginAbortsUpTo(offset: number): void {
    while (this.#ahead.length > 0 && this.#ahead[0]!.firstOffset <= offset) {
      const aborted = this.#ahead.shift()!
      if (this.#ongoingAborts.has(aborted.producerId)) continue
      this.#ongoingAborts.set(aborted.producerId, { aborted, isObserved: false })
    }
  }

  /** Returns whether batches of it are left. */
  #endAbort(producerId: number): boolean {
    const abort = this.#ongoingAborts.get(producerId)
    this.#ongoingAborts.delete(producerId)
    if (abort?.isObserved !== true) return false
    this.cleanedIndex?.append(abort.aborted)
    return true
  }
}
