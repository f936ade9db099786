import type { Clock, Timer } from '../platform/clock.ts'

/**
 * The delays of one broker's requests, by the clock of the cluster. They end when the broker
 * closes.
 */
export class Delays {
  readonly #clock: Clock
  /** The timer of each delay, by the function that ends it. */
  readonly #timers = new Map<(hasElapsed: boolean) => void, Timer>()
  #isClosed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves with true when the time is over, or with false when the broker closes before. */
  wait(delayMs: number): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false)
    if (delayMs <= 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = this.#clock.schedule(delayMs, () => {
        this.#timers.delete(resolve)
        resolve(true)
      })
      this.#timers.set(resolve, timer)
    })
  }

  /** Ends all delays. Closing twice does nothing. */
  close(): void {
    this.#isClosed = true
    for (const [resolve, timer] of this.#timers) {
      timer.cancel()
      resolve(false)
    }
    this.#timers.clear()
  }
}
