import type { DeliveryRules } from './delivery-rules.ts'
import { InFlightBatch } from './in-flight-batch.ts'
import { InFlightRecords } from './in-flight-records.ts'
import { InFlightState, NO_MEMBER } from './in-flight-state.ts'
import { isTerminal, RecordState, recordStateOf } from './record-state.ts'
import { transitionOf, type Transition } from './transition.ts'

/** The state of a share partition as the share coordinator has stored it. */
export interface StoredState {
  readonly stateBatches: readonly {
    readonly firstOffset: number
    readonly lastOffset: number
    readonly deliveryState: number
    readonly deliveryCount: number
  }[]
}

/** The records in flight, and those of them that were on the way to the dead-letter topic. */
export interface LoadedRecords {
  readonly inFlight: InFlightRecords
  readonly archiving: readonly Transition[]
}

/** Returns the records in flight of a stored state; `undefined` if it is invalid. */
export function loadInFlight(
  startOffset: number,
  { stateBatches }: StoredState,
  { maxDeliveryCount }: DeliveryRules,
): LoadedRecords | undefined {
  const inFlight = new InFlightRecords(startOffset)
  const archiving: Transition[] = []
  let gapStart: number | undefined
  let next = startOffset
  for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of stateBatches) {
    const recordState = recordStateOf(deliveryState)
    if (firstOffset < startOffset || lastOffset < firstOffset || recordState === undefined) {
      return undefined
    }
    if (firstOffset > next) gapStart ??= next
    next = lastOffset + 1
    const state = new InFlightState(recordState, deliveryCount, NO_MEMBER)
    inFlight.batches.add(new InFlightBatch(firstOffset, lastOffset, state))
    if (isTerminal(recordState)) inFlight.deliveryCompleteCount += lastOffset - firstOffset + 1
    if (recordState === RecordState.Archiving) {
      const wasRejected = deliveryCount < maxDeliveryCount
      archiving.push(transitionOf(state, firstOffset, lastOffset, wasRejected))
    }
  }
  const { last } = inFlight.batches
  if (last !== undefined) {
    inFlight.mayHaveAcquirable = true
    inFlight.endOffset = last.lastOffset
    if (gapStart !== undefined) {
      inFlight.gap = { startOffset: gapStart, endOffset: inFlight.endOffset }
    }
    inFlight.advanceStart()
  }
  return { inFlight, archiving }
}
