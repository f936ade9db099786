import { NOTHING_ACQUIRED, type Acquisition, type AcquiredRecords } from './acquired-records.ts'
import { AcquireMode, type AcquireRequest } from './acquire-request.ts'
import type { FetchedBatches } from './fetched-batches.ts'
import { acquiredBatch } from './in-flight-batch.ts'
import type { InFlightRecords } from './in-flight-records.ts'
import type { ShareContext } from './share-context.ts'

/** The offsets to acquire, none of which is in flight, and their maximum number. */
export interface NewOffsets {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxRecords: number
}

/** Acquires records that are not in flight yet, rounded up to whole batches. */
export function acquireNew(
  inFlight: InFlightRecords,
  { memberId, mode, batchSize }: AcquireRequest,
  { lastOffset, maxRecords, ...wanted }: NewOffsets,
  fetched: FetchedBatches,
  context: ShareContext,
): Acquisition {
  const { batches } = inFlight
  const isEmpty = batches.size === 0
  const firstOffset =
    isEmpty && inFlight.endOffset > wanted.firstOffset ? inFlight.endOffset : wanted.firstOffset
  if (firstOffset > lastOffset) return NOTHING_ACQUIRED
  let last = lastOffset
  if (maxRecords < lastOffset - firstOffset + 1) {
    last = fetched.endOfBatchWith(firstOffset + maxRecords - 1)
    if (inFlight.activeGap !== undefined) last = Math.min(last, lastOffset)
  }
  const isLimited = mode === AcquireMode.RecordLimit
  const limit = isLimited ? Math.min(last, firstOffset + maxRecords - 1) : last
  const records = isLimited
    ? [{ firstOffset, lastOffset: limit, deliveryCount: 1 }]
    : rangesOf(firstOffset, last, batchSize, fetched)
  if (limit < last) {
    const batch = acquiredBatch(
      memberId,
      firstOffset,
      last,
      context.lock(memberId, firstOffset, limit),
    )
    batch.splitAcquired(limit)
    inFlight.mayHaveAcquirable = true
    batches.add(batch)
  } else {
    for (const range of records) {
      const lock = context.lock(memberId, range.firstOffset, range.lastOffset)
      batches.add(acquiredBatch(memberId, range.firstOffset, range.lastOffset, lock))
    }
  }
  if (batches.first!.firstOffset === firstOffset) inFlight.startOffset = firstOffset
  inFlight.endOffset = Math.max(inFlight.endOffset, last)
  inFlight.moveGap(limit + 1)
  return { records, count: limit - firstOffset + 1 }
}

/** Divides offsets into ranges of about `batchSize` that begin where batches begin. */
function rangesOf(
  firstOffset: number,
  lastOffset: number,
  batchSize: number,
  { batches }: FetchedBatches,
): AcquiredRecords[] {
  const ranges: AcquiredRecords[] = []
  let start = firstOffset
  if (lastOffset - firstOffset + 1 > batchSize) {
    for (const { baseOffset } of batches) {
      if (baseOffset > lastOffset) break
      if (baseOffset - start < batchSize) continue
      ranges.push({ firstOffset: start, lastOffset: baseOffset - 1, deliveryCount: 1 })
      start = baseOffset
    }
  }
  ranges.push({ firstOffset: start, lastOffset, deliveryCount: 1 })
  return ranges
}
