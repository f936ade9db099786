import type { Clock, Timer } from '../../../../src/platform/clock.ts'
import type { Turn } from '../../../../src/platform/turn.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * The process of a cluster: its clock and its event loop. When it is dead, none of its timers
 * fires.
 */
export class SimulatedProcess {
  readonly #time: VirtualTime
  readonly #timers = new Set<Timer>()
  /** Resolves when the process is killed. */
  readonly died: Promise<undefined>
  #resolveDied: () => void = () => {}
  #isDead = false

  constructor(time: VirtualTime) {
    this.#time = time
    this.died = new Promise((resolve) => (this.#resolveDied = () => resolve(undefined)))
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** The number of pending timers and turns. */
  get armed(): number {
    return this.#timers.size
  }

  readonly clock: Clock = {
    now: () => Math.floor(this.#time.nowMs),
    schedule: (delayMs, callback) => this.#schedule(delayMs, callback),
  }

  readonly turn: Turn = {
    after: (callback) => this.#schedule(0, callback),
    next: () => new Promise((resolve) => void this.#schedule(0, resolve)),
  }

  /** Ends the process immediately, like SIGKILL. */
  kill(): void {
    this.#isDead = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    this.#resolveDied()
  }

  #schedule(delayMs: number, callback: () => void): Timer {
    if (this.#isDead || delayMs === Infinity) return { cancel: () => {} }
    const timer = this.#time.schedule(delayMs, () => {
      this.#timers.delete(timer)
      try {
        callback()
      } catch (error) {
        if (!this.#isDead) this.#time.fail(error as Error)
      }
    })
    this.#timers.add(timer)
    return {
      cancel: () => {
        this.#timers.delete(timer)
        timer.cancel()
      },
    }
  }
}
