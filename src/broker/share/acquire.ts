import { acquireBatch, acquireOffsets } from './acquire-in-flight.ts'
import { acquireNew } from './acquire-new.ts'
import { AcquireMode, type AcquireRequest } from './acquire-request.ts'
import { NOTHING_ACQUIRED, type Acquisition, type AcquiredRecords } from './acquired-records.ts'
import { archiveStale } from './archive.ts'
import type { FetchedBatches } from './fetched-batches.ts'
import type { InFlightBatch } from './in-flight-batch.ts'
import type { InFlightRecords } from './in-flight-records.ts'
import type { ShareContext } from './share-context.ts'
import { isThrottled } from './throttled-delivery.ts'

/** The state of one acquisition over several batches. */
interface Pass {
  readonly inFlight: InFlightRecords
  readonly request: AcquireRequest
  readonly fetched: FetchedBatches
  readonly context: ShareContext
  /** The base offset of the first fetched batch. */
  readonly firstOffset: number
  readonly lastOffset: number
  readonly records: AcquiredRecords[]
  maxRecords: number
  count: number
}

/** Acquires fetched records for a member (Kafka's `SharePartition.acquire`). */
export function acquire(
  inFlight: InFlightRecords,
  request: AcquireRequest,
  fetched: FetchedBatches,
  context: ShareContext,
): Acquisition {
  const { fetchOffset } = request
  const { first, last } = fetched
  if (first === undefined || last!.lastOffset < inFlight.startOffset) return NOTHING_ACQUIRED
  const limits = limitsOf(inFlight, request, last!.lastOffset, context.maxInFlightRecords)
  if (limits.maxRecords <= 0) return NOTHING_ACQUIRED
  archiveStale(inFlight, fetchOffset, first.baseOffset)

  const baseOffset = alignedBase(inFlight, first.baseOffset)
  const overlapping = inFlight.batches.beginningIn(
    Math.min(first.baseOffset, baseOffset),
    limits.lastOffset,
  )
  if (overlapping.length === 0) {
    const offsets = { firstOffset: baseOffset, ...limits }
    return acquireNew(inFlight, request, offsets, fetched, context)
  }
  const pass: Pass = {
    inFlight,
    request,
    fetched,
    context,
    firstOffset: first.baseOffset,
    lastOffset: limits.lastOffset,
    records: [],
    maxRecords: limits.maxRecords,
    count: 0,
  }
  acquireOverlapping(pass, overlapping, baseOffset)
  const lastBatch = overlapping.at(-1)!
  if (pass.count < pass.maxRecords && lastBatch.lastOffset < pass.lastOffset) {
    acquireBetween(pass, lastBatch.lastOffset + 1, pass.lastOffset)
  }
  const { records, count } = pass
  if (records.length > 0) inFlight.moveGap(records.at(-1)!.lastOffset + 1)
  return { records, count }
}

/**
 * Returns the last offset and the number of records that may be acquired. When the limit of
 * in-flight records is reached, records between them can still be acquired.
 */
function limitsOf(
  inFlight: InFlightRecords,
  { maxRecords, fetchOffset }: AcquireRequest,
  lastOffset: number,
  maxInFlightRecords: number,
): { lastOffset: number; maxRecords: number } {
  const free = Math.min(maxRecords, maxInFlightRecords - inFlight.count)
  if (free > 0 || fetchOffset > inFlight.endOffset) return { lastOffset, maxRecords: free }
  return {
    lastOffset: Math.min(lastOffset, inFlight.endOffset),
    maxRecords: Math.min(maxRecords, inFlight.endOffset - fetchOffset + 1),
  }
}

/** Returns the offset at which the acquisition begins, for batches that are read from `offset`. */
function alignedBase({ batches, startOffset }: InFlightRecords, offset: number): number {
  const floor = batches.floor(offset)
  if (floor === undefined) return Math.max(offset, startOffset)
  return floor.lastOffset >= offset ? floor.firstOffset : offset
}

function acquireOverlapping(
  pass: Pass,
  overlapping: readonly InFlightBatch[],
  baseOffset: number,
): void {
  let gapStart = baseOffset
  for (const batch of overlapping) {
    if (pass.count >= pass.maxRecords) return
    if (pass.inFlight.activeGap !== undefined) {
      if (gapStart < batch.firstOffset) acquireBetween(pass, gapStart, batch.firstOffset - 1)
      gapStart = batch.lastOffset + 1
      if (pass.count >= pass.maxRecords) return
    }
    if (!acquireAgain(pass, batch)) {
      pass.maxRecords = 0
      return
    }
  }
}

/** Acquires new records before, between or after the overlapping batches. */
function acquireBetween(pass: Pass, firstOffset: number, lastOffset: number): void {
  const { inFlight, request, fetched, context } = pass
  const offsets = { firstOffset, lastOffset, maxRecords: pass.maxRecords - pass.count }
  const { records, count } = acquireNew(inFlight, request, offsets, fetched, context)
  pass.records.push(...records)
  pass.count += count
}

/**
 * Acquires the acquirable records of a batch in flight. Returns false if nothing more must be
 * acquired, because the delivery of its records is throttled.
 */
function acquireAgain(pass: Pass, batch: InFlightBatch): boolean {
  const { firstOffset, lastOffset, context, request } = pass
  const remaining = pass.maxRecords - pass.count
  const isLimited = request.mode === AcquireMode.RecordLimit
  const throttled = isThrottled(batch, firstOffset, lastOffset, context.rules)
  if (throttled && pass.count > 0) return false
  const { state } = batch
  if (state !== undefined && !state.isAcquirable) return true
  const isWhole =
    state !== undefined &&
    batch.isWithin(firstOffset, lastOffset) &&
    !(isLimited && batch.recordCount > remaining) &&
    !throttled
  if (isWhole) {
    pass.records.push(acquireBatch(batch, request.memberId, context))
    pass.count += batch.recordCount
    return true
  }
  batch.split()
  const limits = { firstOffset, lastOffset, maxRecords: isLimited ? remaining : Infinity }
  const { records, count } = acquireOffsets(batch, request.memberId, limits, context)
  pass.records.push(...records)
  pass.count += count
  return !(throttled && count > 0)
}
