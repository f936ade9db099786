import type { InFlightBatch } from './in-flight-batch.ts'
import type { InFlightRecords } from './in-flight-records.ts'
import type { InFlightState } from './in-flight-state.ts'
import { isTerminal, RecordState } from './record-state.ts'

/**
 * Archives acquirable records that the log no longer has: a read from `fetchOffset` returned
 * `baseOffset` first, because the records between were compacted.
 */
export function archiveStale(
  inFlight: InFlightRecords,
  fetchOffset: number,
  baseOffset: number,
): void {
  const { batches } = inFlight
  if (batches.size === 0 || fetchOffset >= baseOffset) return
  const floor = batches.floor(fetchOffset)
  const first =
    floor !== undefined && floor.lastOffset >= fetchOffset ? floor.firstOffset : fetchOffset
  const stale = batches.beginningIn(first, baseOffset - 1)
  const count = archiveRange(stale, fetchOffset, baseOffset, RecordState.Available)
  inFlight.deliveryCompleteCount += count
  if (count > 0) inFlight.mayHaveAcquirable = true
}

/**
 * Moves the start offset to the new start of the log. Available records before it are archived;
 * acquired ones are when they are released.
 */
export function moveStartToLogStart(inFlight: InFlightRecords, logStartOffset: number): void {
  if (logStartOffset <= inFlight.startOffset) return
  const { batches, startOffset } = inFlight
  if (batches.size === 0) {
    inFlight.startOffset = logStartOffset
    inFlight.endOffset = logStartOffset
    inFlight.deliveryCompleteCount = 0
    return
  }
  const removed = countTerminal(inFlight, logStartOffset)
  const archived = archiveRange(batches, startOffset, logStartOffset, RecordState.Available)
  if (archived > 0) inFlight.mayHaveAcquirable = true
  inFlight.startOffset = logStartOffset
  inFlight.deliveryCompleteCount -= removed
  inFlight.endOffset = Math.max(inFlight.endOffset, logStartOffset)
}

/** Archives the acquired records of an aborted batch. */
export function archiveAborted(
  inFlight: InFlightRecords,
  firstOffset: number,
  lastOffset: number,
): void {
  const floor = inFlight.batches.floor(firstOffset)
  if (floor === undefined) return
  const batches = inFlight.batches.beginningIn(floor.firstOffset, lastOffset)
  inFlight.deliveryCompleteCount += archiveRange(
    batches,
    firstOffset,
    lastOffset + 1,
    RecordState.Acquired,
  )
}

/**
 * Archives the records from `start` to before `end` that are in the state `from`. Returns their
 * number.
 */
function archiveRange(
  batches: Iterable<InFlightBatch>,
  start: number,
  end: number,
  from: RecordState,
): number {
  let count = 0
  for (const batch of batches) {
    if (batch.firstOffset >= end) break
    const { state } = batch
    if (state === undefined) {
      count += archiveOffsets(batch, batch.offsetStates!, start, end, from)
    } else if (state.state === from) {
      if (batch.isWithin(start, end - 1)) {
        state.archive()
        count += batch.recordCount
      } else {
        count += archiveOffsets(batch, batch.split(), start, end, from)
      }
    }
  }
  return count
}

function archiveOffsets(
  { firstOffset }: InFlightBatch,
  states: readonly InFlightState[],
  start: number,
  end: number,
  from: RecordState,
): number {
  let count = 0
  const last = Math.min(states.length, end - firstOffset)
  for (let index = Math.max(0, start - firstOffset); index < last; index++) {
    if (states[index]!.state !== from) continue
    states[index]!.archive()
    count++
  }
  return count
}

/** Returns how many complete records are from the start offset to before `end`. */
function countTerminal(inFlight: InFlightRecords, end: number): number {
  const { startOffset } = inFlight
  let count = 0
  for (const { firstOffset, lastOffset, state, offsetStates } of inFlight.batches) {
    if (firstOffset >= end) break
    const first = Math.max(startOffset, firstOffset)
    const last = Math.min(end - 1, lastOffset)
    if (state !== undefined) {
      if (isTerminal(state.state)) count += Math.max(0, last - first + 1)
      continue
    }
    for (let offset = first; offset <= last; offset++) {
      if (isTerminal(offsetStates![offset - firstOffset]!.state)) count++
    }
  }
  return count
}
