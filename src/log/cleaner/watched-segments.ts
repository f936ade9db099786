import type { AbortedTxn } from '../index/transaction-index.ts'
import type { Log } from '../log.ts'
import type { LogSegment } from '../segment/segment.ts'
import { CleaningAborted } from './cleaning-aborted.ts'

/**
 * The segments of a running cleaning. Retention, DeleteRecords and truncation may change them
 * between slices, and what was read of a removed segment must not decide about others.
 */
export class WatchedSegments {
  readonly #log: Log
  readonly #sizes = new Map<LogSegment, number>()

  constructor(log: Log, segments: readonly LogSegment[]) {
    this.#log = log
    for (const segment of segments) this.#sizes.set(segment, segment.sizeInBytes)
  }

  /**
   * @throws CleaningAborted if a segment was removed, truncated or is being appended to, or the log
   * is closed or offline
   */
  check(): void {
    const { files, isOpen } = this.#log
    if (!isOpen) throw new CleaningAborted('the log is closed or offline')
    let found = 0
    for (const segment of files.segments.slice(0, -1)) {
      if (this.#sizes.get(segment) === segment.sizeInBytes) found++
    }
    if (found < this.#sizes.size) throw new CleaningAborted('segments changed while being cleaned')
  }

  /** Notes that a cleaned segment replaced others. */
  replace(cleaned: LogSegment, replaced: readonly LogSegment[]): void {
    for (const segment of replaced) this.#sizes.delete(segment)
    this.#sizes.set(cleaned, cleaned.sizeInBytes)
  }
}

/**
 * Returns the aborted transactions that overlap the offsets from `from` to `to` (exclusive); their
 * markers may come later. As in Kafka, transactions that ended before the log start offset are
 * unknown; those between there and `from` are known as far as the index of their segment has them.
 */
export function abortedBetween(log: Log, from: number, to: number): AbortedTxn[] {
  const found: AbortedTxn[] = []
  for (const [index, { transactionIndex }] of log.files.segments.entries()) {
    const next = log.files.segments[index + 1]
    if (next !== undefined && next.baseOffset <= from) continue
    if (transactionIndex.collect(log.logStartOffset, to, found)) break
  }
  return found
}
