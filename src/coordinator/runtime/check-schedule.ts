import type { Clock, Timer } from '../../platform/clock.ts'

/**
 * Runs a check at the times at which Kafka runs it, at a fixed interval since the start of the
 * coordinator, but only if there may be something to do. So an idle coordinator has no timer.
 */
export class CheckSchedule {
  readonly #clock: Clock
  readonly #startMs: number
  readonly #intervalMs: number
  readonly #check: () => void
  #atMs = Infinity
  #timer: Timer | undefined

  constructor(clock: Clock, startMs: number, intervalMs: number, check: () => void) {
    this.#clock = clock
    this.#startMs = startMs
    this.#intervalMs = intervalMs
    this.#check = check
  }

  /** Plans the first check that is not before a time, and after now. */
  planAt(earliestMs: number): void {
    const nowMs = this.#clock.now()
    const atMs = Math.max(this.#firstCheckAt(earliestMs), this.#firstCheckAt(nowMs + 1))
    if (atMs >= this.#atMs) return
    this.cancel()
    this.#atMs = atMs
    this.#timer = this.#clock.schedule(atMs - nowMs, () => {
      this.#atMs = Infinity
      this.#check()
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#atMs = Infinity
  }

  #firstCheckAt(earliestMs: number): number {
    const intervals = Math.ceil((earliestMs - this.#startMs) / this.#intervalMs)
    return this.#startMs + Math.max(intervals, 1) * this.#intervalMs
  }
}
