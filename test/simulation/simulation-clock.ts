import type { Clock, Timer } from '../../src/platform/clock.ts'
import { DeadlineHeap } from '../../src/platform/deadline-heap.ts'

/** A clock that moves on request, and fires all due timers before it returns. */
export class SimulationClock implements Clock {
  readonly #deadlines = new DeadlineHeap()
  #nowMs = Date.UTC(2026, 0, 1)

  now(): number {
    return this.#nowMs
  }

  schedule(delayMs: number, callback: () => void): Timer {
    return this.#deadlines.add(this.#nowMs + Math.max(0, delayMs), callback)
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const atMs = Math.max(this.#nowMs, this.#deadlines.nextAtMs)
      if (atMs > untilMs) break
      this.#nowMs = atMs
      this.#deadlines.takeDue(atMs)!()
    }
    this.#nowMs = untilMs
  }

  /** Drops all timers of a process that has died. */
  forgetDeadlines(): void {
    this.#deadlines.clear()
  }
}
