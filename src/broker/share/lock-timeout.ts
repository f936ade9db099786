import type { AcquisitionLock } from './acquisition-lock.ts'
import type { DeliveryRules } from './delivery-rules.ts'
import type { InFlightRecords } from './in-flight-records.ts'
import { RecordState } from './record-state.ts'
import { countIfComplete, forEachState } from './release.ts'
import { transitionOf, type Transition } from './transition.ts'

/**
 * Releases the records whose lock has expired. They are available at once: the member has lost them
 * even if the share coordinator cannot store it.
 */
export function releaseExpired(
  inFlight: InFlightRecords,
  lock: AcquisitionLock,
  rules: DeliveryRules,
): Transition[] {
  const released: Transition[] = []
  const floor = inFlight.batches.floor(lock.firstOffset)
  if (floor === undefined) return released
  for (const batch of inFlight.batches.beginningIn(floor.firstOffset, lock.lastOffset)) {
    forEachState(inFlight, batch, (state, firstOffset, lastOffset) => {
      if (state.lock !== lock || state.state !== RecordState.Acquired) return
      const to = lastOffset < inFlight.startOffset ? RecordState.Archived : RecordState.Available
      if (!state.change(to, rules)) return
      state.dropExpiredLock()
      released.push(transitionOf(state, firstOffset, lastOffset))
      if (state.isAcquirable) inFlight.mayHaveAcquirable = true
      countIfComplete(inFlight, state, firstOffset, lastOffset)
    })
  }
  return released
}
