import type { Log } from '../log/log.ts'
import type { AbortedTransaction } from '../log/log-types.ts'
import { ApiError } from '../protocol/api-error.ts'
import type { BatchView } from '../record/batch-view.ts'
import { batchesOf } from '../record/batch-view.ts'

/** How much is read at once to find a record. */
const READ_BYTES = 64 * 1024

/**
 * What a consumer that has read a log up to an offset has left: `nothing`, `records`, or only
 * records of open transactions, which may still be aborted.
 */
export type Unread = 'nothing' | 'records' | 'open transactions'

/**
 * Returns what is left to read. Markers and the records of aborted transactions do not count, as
 * for a consumer with `read_committed`: some clients never commit an offset after them.
 */
export function unreadFrom(log: Log, offset: number): Unread {
  for (let next = Math.max(offset, log.logStartOffset); next < log.lastStableOffset;) {
    const read = log.read(next, READ_BYTES, 'lastStableOffset', true)
    if (read instanceof ApiError) return 'records'
    if (read.sizeInBytes === 0) break
    const aborted = new AbortedProducers(read.abortedTransactions ?? [])
    for (const slice of read.slices) {
      for (const batch of batchesOf(slice)) {
        if (!aborted.covers(batch) && batch.nextOffset > offset) return 'records'
        next = batch.nextOffset
      }
    }
  }
  return log.lastStableOffset < log.highWatermark ? 'open transactions' : 'nothing'
}

/** Follows the aborted transactions in a log, as a consumer with `read_committed` does. */
class AbortedProducers {
  readonly #upcoming: AbortedTransaction[]
  readonly #active = new Set<number>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Returns whether the next batch is a marker, or belongs to an aborted transaction. */
  covers(batch: BatchView): boolean {
    while (this.#upcoming.length > 0 && this.#upcoming[0]!.firstOffset <= batch.lastOffset) {
      this.#active.add(this.#upcoming.shift()!.producerId)
    }
    if (batch.isControl) {
      // The marker ends the transaction of its producer, whatever its result is.
      this.#active.delete(batch.producerId)
      return true
    }
    return batch.isTransactional && this.#active.has(batch.producerId)
  }
}
