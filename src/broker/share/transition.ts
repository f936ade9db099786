import type { InFlightRecords } from './in-flight-records.ts'
import type { InFlightState } from './in-flight-state.ts'
import { isTerminal, RecordState } from './record-state.ts'

/** The reason why records are written to the dead-letter topic. */
export const DeadLetterCause = {
  Rejected: 'Offset rejected by client.',
  DeliveryCountExceeded: 'Offset delivery count exceeded the threshold.',
} as const
export type DeadLetterCause = (typeof DeadLetterCause)[keyof typeof DeadLetterCause]

/** Consecutive records with their state, as the share coordinator stores them. */
export interface StateBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryState: RecordState
  readonly deliveryCount: number
}

/** A change of records that takes effect when the share coordinator has stored it. */
export interface Transition {
  readonly state: InFlightState
  readonly stored: StateBatch
  /** Set if the records go to the dead-letter topic. */
  readonly cause: DeadLetterCause | undefined
}

/** Returns the transition of records whose state has started to change. */
export function transitionOf(
  state: InFlightState,
  firstOffset: number,
  lastOffset: number,
  wasRejected = false,
): Transition {
  const { state: deliveryState, deliveryCount } = state
  let cause: DeadLetterCause | undefined
  if (deliveryState === RecordState.Archiving) {
    cause = wasRejected ? DeadLetterCause.Rejected : DeadLetterCause.DeliveryCountExceeded
  }
  return { state, stored: { firstOffset, lastOffset, deliveryState, deliveryCount }, cause }
}

/** Completes transitions that were stored. Returns whether records became available. */
export function commitTransitions(
  inFlight: InFlightRecords,
  transitions: readonly Transition[],
): boolean {
  let hasAvailable = false
  for (const { state } of transitions) {
    state.commit()
    hasAvailable ||= state.state === RecordState.Available
  }
  if (hasAvailable) inFlight.mayHaveAcquirable = true
  return hasAvailable
}

/** Takes back transitions that were not stored. Returns whether records became available. */
export function rollBackTransitions(
  inFlight: InFlightRecords,
  transitions: readonly Transition[],
): boolean {
  let hasAvailable = false
  for (const { state, stored } of transitions) {
    state.rollBack()
    hasAvailable ||= state.state === RecordState.Available
    if (isTerminal(stored.deliveryState) && !isTerminal(state.state)) {
      inFlight.deliveryCompleteCount -= inFlight.countFromStart(
        stored.firstOffset,
        stored.lastOffset,
      )
    }
  }
  if (hasAvailable) inFlight.mayHaveAcquirable = true
  return hasAvailable
}
