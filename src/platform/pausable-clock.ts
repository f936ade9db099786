import type { Clock, Timer } from './clock.ts'

/**
 * A clock that can be paused, as for a process that is suspended: time passes, but deadlines fire
 * only when it is resumed.
 */
export class PausableClock implements Clock {
  readonly #clock: Clock
  /** Deadlines that were due while the clock was paused. */
  readonly #missed = new Set<PausableTimer>()
  #isPaused = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = new PausableTimer(callback, this.#missed)
    timer.inner = this.#clock.schedule(delayMs, () => {
      if (this.#isPaused) this.#missed.add(timer)
      else callback()
    })
    return timer
  }

  pause(): void {
    this.#isPaused = true
  }

  /** Continues, and fires the deadlines that were due meanwhile, in their order. */
  resume(): void {
    this.#isPaused = false
    for (const timer of this.#missed) {
      this.#missed.delete(timer)
      timer.callback()
    }
  }
}

class PausableTimer implements Timer {
  readonly callback: () => void
  readonly #missed: Set<PausableTimer>
  inner: Timer | undefined

  constructor(callback: () => void, missed: Set<PausableTimer>) {
    this.callback = callback
    this.#missed = missed
  }

  cancel(): void {
    this.inner?.cancel()
    this.#missed.delete(this)
  }
}
