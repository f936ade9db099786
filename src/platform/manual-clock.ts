import type { Clock, Timer } from './clock.ts'
import { DeadlineHeap } from './deadline-heap.ts'
import { systemTurn } from './turn.ts'

/** A clock that moves only when {@link advance} or {@link setTime} is called. */
export class ManualClock implements Clock {
  readonly #deadlines = new DeadlineHeap()
  #nowMs: number

  /**
   * @param startMs the initial time, in milliseconds since the epoch; default 2026-01-01T00:00:00Z
   */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  schedule(delayMs: number, callback: () => void): Timer {
    return this.#deadlines.add(this.#nowMs + Math.max(0, delayMs), callback)
  }

  /**
   * Moves the time forward and fires every deadline up to then, each at its own time. After each
   * one the pending promise reactions run, so that its effects are complete before the next one
   * fires.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const atMs = Math.max(this.#nowMs, this.#deadlines.nextAtMs)
      if (atMs > untilMs) break
      this.#nowMs = atMs
      this.#deadlines.takeDue(atMs)!()
      await systemTurn.next()
    }
    this.#nowMs = untilMs
    await systemTurn.next()
  }

  /**
   * Sets the time. Deadlines up to then fire as with {@link advance}.
   *
   * @throws RangeError if the time is earlier than now
   */
  async setTime(epochMs: number): Promise<void> {
    if (epochMs < this.#nowMs)
      throw new RangeError(`time cannot go back from ${this.#nowMs} to ${epochMs}`)
    await this.advance(epochMs - this.#nowMs)
  }
}
