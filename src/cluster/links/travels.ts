import type { Clock, Timer } from '../../platform/clock.ts'

interface Wait {
  /** Whether it has ended, except by time. */
  readonly isOver: () => boolean
  readonly timer: Timer
  readonly resolve: (isOver: boolean) => void
}

/** The messages of one broker that are under way, or that wait for a link. */
export class Travels {
  readonly #clock: Clock
  readonly #waits = new Set<Wait>()
  #isClosed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves with true after a delay; with false if the broker ends before. */
  async pass(delayMs: number): Promise<boolean> {
    if (delayMs <= 0) return !this.#isClosed
    await this.until(() => false, delayMs)
    return !this.#isClosed
  }

  /**
   * Resolves with true when the condition holds after a change of the links; with false after
   * `limitMs` milliseconds, or when the broker ends.
   */
  until(isOver: () => boolean, limitMs: number): Promise<boolean> {
    if (this.#isClosed || isOver()) return Promise.resolve(!this.#isClosed)
    return new Promise((resolve) => {
      const timer = this.#clock.schedule(limitMs, () => this.#end(wait, false))
      const wait = { isOver, timer, resolve }
      this.#waits.add(wait)
    })
  }

  onChange(): void {
    for (const wait of this.#waits) if (wait.isOver()) this.#end(wait, true)
  }

  close(): void {
    this.#isClosed = true
    for (const wait of this.#waits) this.#end(wait, false)
  }

  #end(wait: Wait, isOver: boolean): void {
    if (!this.#waits.delete(wait)) return
    wait.timer.cancel()
    wait.resolve(isOver)
  }
}
