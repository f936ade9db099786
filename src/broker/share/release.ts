import type { InFlightBatch } from './in-flight-batch.ts'
import type { InFlightRecords } from './in-flight-records.ts'
import type { InFlightState } from './in-flight-state.ts'
import type { DeliveryRules } from './delivery-rules.ts'
import { isTerminal, RecordState } from './record-state.ts'
import { transitionOf, type Transition } from './transition.ts'

/**
 * Starts to release all records that a member has acquired (Kafka's
 * `SharePartition.releaseAcquiredRecords`). Records that another change holds stay as they are.
 */
export function releaseMember(
  inFlight: InFlightRecords,
  memberId: string,
  rules: DeliveryRules,
): Transition[] {
  const transitions: Transition[] = []
  const release = (state: InFlightState, firstOffset: number, lastOffset: number): void => {
    if (state.state !== RecordState.Acquired || state.memberId !== memberId) return
    const to = lastOffset < inFlight.startOffset ? RecordState.Archived : RecordState.Available
    if (!state.startChange(to, rules)) return
    transitions.push(transitionOf(state, firstOffset, lastOffset))
    countIfComplete(inFlight, state, firstOffset, lastOffset)
  }
  for (const batch of inFlight.batches) {
    const { state } = batch
    // The batch of another member is not split.
    if (state === undefined || state.memberId === memberId) forEachState(inFlight, batch, release)
  }
  return transitions
}

/**
 * Calls back for the state of the batch, or for the state of each record. A batch that is partly
 * before the start offset is split, because only the rest of it can be delivered again.
 */
export function forEachState(
  inFlight: InFlightRecords,
  batch: InFlightBatch,
  visit: (state: InFlightState, firstOffset: number, lastOffset: number) => void,
): void {
  const { state, firstOffset, lastOffset } = batch
  const isAcquired = state?.state === RecordState.Acquired
  if (state !== undefined && !(isAcquired && batch.isSplitBy(inFlight.startOffset))) {
    visit(state, firstOffset, lastOffset)
    return
  }
  batch.split().forEach((offsetState, index) => {
    visit(offsetState, firstOffset + index, firstOffset + index)
  })
}

/** Counts records whose delivery has become complete. */
export function countIfComplete(
  inFlight: InFlightRecords,
  { state }: InFlightState,
  firstOffset: number,
  lastOffset: number,
): void {
  if (!isTerminal(state)) return
  inFlight.deliveryCompleteCount += inFlight.countFromStart(firstOffset, lastOffset)
}
