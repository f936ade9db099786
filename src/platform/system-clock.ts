// Not the globals: test runners replace them, for browser environments and fake timers.
import { clearTimeout, setTimeout } from 'node:timers'
import type { Clock, Timer } from './clock.ts'
import { DeadlineHeap } from './deadline-heap.ts'
import { systemTurn } from './turn.ts'

/** The longest delay of `setTimeout`. A later deadline is scheduled again after it. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Real time: one heap of deadlines with one unreferenced timeout, so that an idle cluster costs
 * nothing.
 *
 * Node runs timers before it reads sockets. Here deadlines fire after the sockets of the same turn
 * have been read: if the event loop is late, a request that arrived before the deadline is handled
 * before it, as in Kafka, where both wait in the coordinator's queue.
 */
export class SystemClock implements Clock {
  readonly #deadlines = new DeadlineHeap()
  #timeout: NodeJS.Timeout | undefined
  #firing: Timer | undefined
  #armedForMs = Infinity

  now(): number {
    return Date.now()
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = this.#deadlines.add(Date.now() + Math.max(0, delayMs), callback)
    this.#arm()
    return timer
  }

  /** Drops all deadlines. None of them fires any more. */
  close(): void {
    this.#deadlines.clear()
    clearTimeout(this.#timeout)
    this.#timeout = undefined
    this.#firing?.cancel()
    this.#armedForMs = Infinity
  }

  #arm(): void {
    const { nextAtMs } = this.#deadlines
    if (nextAtMs >= this.#armedForMs) return
    clearTimeout(this.#timeout)
    this.#armedForMs = nextAtMs
    const delayMs = Math.min(Math.max(0, nextAtMs - Date.now()), MAX_TIMEOUT_MS)
    this.#timeout = setTimeout(() => {
      this.#firing = systemTurn.after(() => this.#fire())
    }, delayMs)
    this.#timeout.unref()
  }

  #fire(): void {
    this.#timeout = undefined
    this.#armedForMs = Infinity
    try {
      for (
        let callback = this.#deadlines.takeDue(Date.now());
        callback;
        callback = this.#deadlines.takeDue(Date.now())
      ) {
        callback()
      }
    } finally {
      this.#arm()
    }
  }
}
