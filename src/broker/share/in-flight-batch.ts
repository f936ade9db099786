import type { AcquisitionLock } from './acquisition-lock.ts'
import { InFlightState, NO_MEMBER } from './in-flight-state.ts'
import { RecordState } from './record-state.ts'

/**
 * Consecutive records that were acquired together (Kafka's `InFlightBatch`). They have one state,
 * until a part of them changes; then each record has its own.
 */
export class InFlightBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  #state: InFlightState | undefined
  #offsetStates: InFlightState[] | undefined

  constructor(firstOffset: number, lastOffset: number, state: InFlightState) {
    this.firstOffset = firstOffset
    this.lastOffset = lastOffset
    this.#state = state
  }

  get recordCount(): number {
    return this.lastOffset - this.firstOffset + 1
  }

  /** The state of all records; `undefined` if each record has its own. */
  get state(): InFlightState | undefined {
    return this.#state
  }

  /** The state of each record, from the first on; `undefined` if they have one state. */
  get offsetStates(): readonly InFlightState[] | undefined {
    return this.#offsetStates
  }

  /** Returns the state of one record of the batch. */
  stateAt(offset: number): InFlightState {
    return this.#state ?? this.#offsetStates![offset - this.firstOffset]!
  }

  /** Whether all records are from `firstOffset` to `lastOffset`. */
  isWithin(firstOffset: number, lastOffset: number): boolean {
    return this.firstOffset >= firstOffset && this.lastOffset <= lastOffset
  }

  /** Whether `offset` is one of the records, but not the first. */
  isSplitBy(offset: number): boolean {
    return this.firstOffset < offset && this.lastOffset >= offset
  }

  /** Gives each record its own state. */
  split(): readonly InFlightState[] {
    return this.#splitAt(this.lastOffset)
  }

  /**
   * Gives each record its own state. Those after `lastAcquired` are as if they were never
   * acquired.
   */
  splitAcquired(lastAcquired: number): void {
    this.#splitAt(lastAcquired)
  }

  #splitAt(lastAcquired: number): readonly InFlightState[] {
    if (this.#offsetStates !== undefined) return this.#offsetStates
    const whole = this.#state!
    const { state, deliveryCount, memberId } = whole
    const lock = whole.takeLock()
    const count = lastAcquired - this.firstOffset + 1
    const states: InFlightState[] = []
    for (let index = 0; index < this.recordCount; index++) {
      states.push(
        index < count
          ? new InFlightState(state, deliveryCount, memberId, lock)
          : new InFlightState(RecordState.Available, deliveryCount - 1, NO_MEMBER),
      )
    }
    lock?.share(count - 1)
    this.#offsetStates = states
    this.#state = undefined
    return states
  }
}

/** Returns a batch that a member has just acquired. */
export function acquiredBatch(
  memberId: string,
  firstOffset: number,
  lastOffset: number,
  lock: AcquisitionLock,
): InFlightBatch {
  const state = new InFlightState(RecordState.Acquired, 1, memberId, lock)
  return new InFlightBatch(firstOffset, lastOffset, state)
}
