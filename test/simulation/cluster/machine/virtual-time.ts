import { DeadlineHeap } from '../../../../src/platform/deadline-heap.ts'
import type { Timer } from '../../../../src/platform/clock.ts'

/** The number of events after which a history counts as endless. */
const MAX_EVENTS = 400_000

/**
 * The time of a simulated world, and its pending events. Everything happens within an event. All
 * promise reactions run between two events, so one seed always gives the same history.
 */
export class VirtualTime {
  readonly #events = new DeadlineHeap()
  #nowMs = Date.UTC(2026, 0, 1)
  #count = 0
  #failure: Error | undefined

  /** Milliseconds since the epoch, with fractions. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** The number of events so far. */
  get count(): number {
    return this.#count
  }

  /** The number of pending events. */
  get pending(): number {
    return this.#events.size
  }

  /** Schedules an event. Events of the same time run in the order in which they were scheduled. */
  schedule(delayMs: number, callback: () => void): Timer {
    return this.#events.add(this.#nowMs + Math.max(0, delayMs), callback)
  }

  pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.schedule(ms, resolve))
  }

  /** Ends the history with this error. Only the first error counts. */
  fail(error: Error): void {
    this.#failure ??= error
  }

  /**
   * Runs events until the script has ended. Throws the error of the script or the first failure.
   */
  async run(script: () => Promise<void>): Promise<void> {
    const progress = { hasEnded: false }
    script()
      .catch((error: unknown) => this.fail(error as Error))
      .finally(() => (progress.hasEnded = true))
    await reactions()
    while (!progress.hasEnded && this.#failure === undefined) await this.#next()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Runs the remaining events, until there is none. */
  async drain(): Promise<void> {
    while (this.pending > 0 && this.#failure === undefined) await this.#next()
    if (this.#failure !== undefined) throw this.#failure
  }

  async #next(): Promise<void> {
    if (this.pending === 0) throw new Error('nothing is going to happen, and somebody waits')
    if (++this.#count > MAX_EVENTS) throw new Error(`no end after ${MAX_EVENTS} events`)
    this.#nowMs = Math.max(this.#nowMs, this.#events.nextAtMs)
    this.#events.takeDue(this.#nowMs)!()
    await reactions()
  }
}

/** Resolves when all pending promise reactions and ticks have run. */
function reactions(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
