import { invariant } from '../../platform/invariant.ts'
import type { AcquisitionLock } from './acquisition-lock.ts'
import type { DeliveryRules } from './delivery-rules.ts'
import { canBecome, RecordState } from './record-state.ts'

/** The member of records that no member has acquired. */
export const NO_MEMBER = ''

/** The state before a change that the share coordinator has not stored yet. */
interface PreviousState {
  readonly state: RecordState
  readonly memberId: string
  readonly deliveryCount: number
  readonly maxDeliveryCount: number
}

/**
 * The delivery state of one record, or of all records of an in-flight batch (Kafka's
 * `InFlightState`).
 */
export class InFlightState {
  #state: RecordState
  #deliveryCount: number
  #memberId: string
  #lock: AcquisitionLock | undefined
  #previous: PreviousState | undefined
  #isArchived = false

  constructor(state: RecordState, deliveryCount: number, memberId: string, lock?: AcquisitionLock) {
    this.#state = state
    this.#deliveryCount = deliveryCount
    this.#memberId = memberId
    this.#lock = lock
  }

  get state(): RecordState {
    return this.#state
  }

  get deliveryCount(): number {
    return this.#deliveryCount
  }

  /** The member that has acquired the records, or {@link NO_MEMBER}. */
  get memberId(): string {
    return this.#memberId
  }

  get lock(): AcquisitionLock | undefined {
    return this.#lock
  }

  /** Whether the share coordinator is storing a change. */
  get isChanging(): boolean {
    return this.#previous !== undefined
  }

  /** Whether a member can acquire the records. */
  get isAcquirable(): boolean {
    return this.#state === RecordState.Available && this.#previous === undefined
  }

  /** Locks the records for a member, and counts the delivery. */
  acquire(memberId: string, lock: AcquisitionLock): void {
    invariant(this.isAcquirable, 'only available records are acquired')
    this.#state = RecordState.Acquired
    this.#deliveryCount++
    this.#memberId = memberId
    this.replaceLock(lock)
  }

  /** Replaces the lock: the time of the new one is longer. */
  replaceLock(lock: AcquisitionLock): void {
    this.#dropLock()
    this.#lock = lock
  }

  /**
   * Changes the state at once. Records that would be available but were delivered too often are
   * archived instead. Returns false if the state cannot change.
   */
  change(to: RecordState, rules: DeliveryRules): boolean {
    if (this.isChanging) return false
    const target = this.#targetOf(to, rules)
    if (!canBecome(this.#state, target)) return false
    this.#state = target
    this.#memberId = NO_MEMBER
    return true
  }

  /** Like {@link change}, until {@link commit} or {@link rollBack}. The lock stays meanwhile. */
  startChange(to: RecordState, rules: DeliveryRules): boolean {
    const previous: PreviousState = {
      state: this.#state,
      memberId: this.#memberId,
      deliveryCount: this.#deliveryCount,
      maxDeliveryCount: rules.maxDeliveryCount,
    }
    if (!this.change(to, rules)) return false
    this.#previous = previous
    return true
  }

  /** Completes a change that was stored. */
  commit(): void {
    this.#previous = undefined
    this.#dropLock()
  }

  /**
   * Takes a change back that could not be stored. If the lock has expired meanwhile, the records
   * are not given back to the member.
   */
  rollBack(): void {
    const previous = this.#previous
    this.#previous = undefined
    if (previous === undefined || this.#isArchived) {
      this.#dropLock()
    } else if (this.#lock?.hasExpired === true) {
      this.#state =
        previous.deliveryCount >= previous.maxDeliveryCount
          ? RecordState.Archived
          : RecordState.Available
      this.#memberId = NO_MEMBER
      this.#dropLock()
    } else {
      this.#state = previous.state
      this.#memberId = previous.memberId
    }
  }

  /** Ends the delivery, whatever the state is. */
  archive(): void {
    this.#isArchived = true
    this.#state = RecordState.Archived
    this.#memberId = NO_MEMBER
    this.#dropLock()
  }

  /** Removes the lock after it has expired. */
  dropExpiredLock(): void {
    this.#dropLock()
  }

  /** Returns the lock, and gives it up without releasing it. */
  takeLock(): AcquisitionLock | undefined {
    const lock = this.#lock
    this.#lock = undefined
    return lock
  }

  #targetOf(to: RecordState, { maxDeliveryCount, hasDeadLetterTopic }: DeliveryRules): RecordState {
    if (to !== RecordState.Available || this.#deliveryCount < maxDeliveryCount) return to
    return hasDeadLetterTopic ? RecordState.Archiving : RecordState.Archived
  }

  #dropLock(): void {
    this.#lock?.release()
    this.#lock = undefined
  }
}
