import type { Clock, Timer } from '../../platform/clock.ts'

/** Called when the time of a lock is over. */
export type LockExpiration = (lock: AcquisitionLock) => void

/**
 * The time for which a member has acquired consecutive records (Kafka's
 * `AcquisitionLockTimerTask`). Kafka has one timer for each record that has a state of its own.
 * Here the states of records that were acquired together share the lock, and its timer ends with
 * the last of them.
 */
export class AcquisitionLock {
  readonly memberId: string
  readonly firstOffset: number
  readonly lastOffset: number
  readonly #timer: Timer
  #holders = 1
  #hasExpired = false

  constructor(
    range: { memberId: string; firstOffset: number; lastOffset: number },
    clock: Clock,
    durationMs: number,
    onExpired: LockExpiration,
  ) {
    this.memberId = range.memberId
    this.firstOffset = range.firstOffset
    this.lastOffset = range.lastOffset
    this.#timer = clock.schedule(durationMs, () => {
      this.#hasExpired = true
      onExpired(this)
    })
  }

  get hasExpired(): boolean {
    return this.#hasExpired
  }

  /** Adds states that hold the lock. */
  share(count: number): void {
    this.#holders += count
  }

  /** Ends the lock without an effect: this broker does not lead the partition any more. */
  cancel(): void {
    this.#timer.cancel()
  }

  /** Called when a state no longer holds the lock. */
  release(): void {
    this.#holders--
    if (this.#holders === 0) this.#timer.cancel()
  }
}
