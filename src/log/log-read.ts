import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import type { AbortedTransaction, ReadInfo } from './log-types.ts'
import type { Allocate } from './segment-reader.ts'
import type { LogSegments } from './segments.ts'
import type { AbortedTxn } from './index/transaction-index.ts'

const nothing: ReadInfo = { slices: [], sizeInBytes: 0, abortedTransactions: null }
const nothingCommitted: ReadInfo = { slices: [], sizeInBytes: 0, abortedTransactions: [] }

/** A read that found nothing. */
export function emptyRead(isCommitted: boolean): ReadInfo {
  return isCommitted ? nothingCommitted : nothing
}

/** Whole batches below the offset `limit` from the first segment with batches at or after `startOffset`. */
export function readSegments(
  segments: LogSegments,
  startOffset: number,
  limit: number,
  maxBytes: number,
  minOneMessage: boolean,
  allocate: Allocate,
): readonly Uint8Array[] {
  let segment = segments.at(startOffset)
  for (;;) {
    const maxPosition =
      limit >= segment.nextOffset ? segment.sizeInBytes : segment.positionOf(limit)
    const slices = segment.read(startOffset, maxBytes, maxPosition, minOneMessage, allocate)
    if (slices !== undefined) return slices
    const next = segments.after(segment)
    if (next === undefined) return []
    segment = next
  }
}

/** The aborted transactions among what was read from `startOffset` on. */
export function collectAborted(
  segments: LogSegments,
  startOffset: number,
  slices: readonly Uint8Array[],
): readonly AbortedTransaction[] {
  const searched = segments.from(startOffset)
  if (searched.every(({ transactionIndex }) => transactionIndex.entries.length === 0)) return []
  const upperBoundOffset = nextOffsetOf(slices.at(-1)!)
  const found: AbortedTxn[] = []
  for (const { transactionIndex } of searched) {
    if (transactionIndex.collect(startOffset, upperBoundOffset, found)) break
  }
  return found.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
}

function nextOffsetOf(slice: Uint8Array): number {
  let last = 0
  for (let at = 0, size; (size = batchSizeAt(slice, at)) > 0; at += size) last = at
  return new BatchView(slice, last).nextOffset
}
