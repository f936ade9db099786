import type { AbortedTransaction, ReadInfo } from './log-types.ts'
import type { SegmentRead } from './segment/segment-read.ts'
import type { Allocate } from './segment/segment-reader.ts'
import type { LogSegments } from './segment/segments.ts'
import type { AbortedTxn } from './index/transaction-index.ts'

const nothing: ReadInfo = { slices: [], sizeInBytes: 0, abortedTransactions: null }
const nothingCommitted: ReadInfo = { slices: [], sizeInBytes: 0, abortedTransactions: [] }

/** A read that found nothing. */
export function emptyRead(isCommitted: boolean): ReadInfo {
  return isCommitted ? nothingCommitted : nothing
}

/** Batches below the offset `limit` from the first segment with batches at or after `startOffset`. */
export function readSegments(
  segments: LogSegments,
  startOffset: number,
  limit: number,
  maxBytes: number,
  minOneMessage: boolean,
  allocate: Allocate,
): SegmentRead | undefined {
  let segment = segments.at(startOffset)
  for (;;) {
    const maxPosition =
      limit >= segment.nextOffset ? segment.sizeInBytes : segment.positionOf(limit)
    const read = segment.read(startOffset, maxBytes, maxPosition, minOneMessage, allocate)
    if (read !== undefined) return read
    const next = segments.after(segment)
    if (next === undefined) return undefined
    segment = next
  }
}

/** The aborted transactions among what was read from `startOffset` on, all of it below `upperBoundOffset`. */
export function collectAborted(
  segments: LogSegments,
  startOffset: number,
  upperBoundOffset: number,
): readonly AbortedTransaction[] {
  const searched = segments.from(startOffset)
  if (searched.every(({ transactionIndex }) => transactionIndex.entries.length === 0)) return []
  const found: AbortedTxn[] = []
  for (const { transactionIndex } of searched) {
    if (transactionIndex.collect(startOffset, upperBoundOffset, found)) break
  }
  return found.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
}
