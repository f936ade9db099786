import type { Clock, Timer } from '../platform/clock.ts'

/**
 * Fires when a connection has been idle for too long (`connections.max.idle.ms`). Activity only
 * stores the time. The timer is scheduled again if it fires too early, so a busy connection costs
 * one timer per idle period.
 */
export class IdleDeadline {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #onIdle: () => void
  #lastActiveMs: number
  #timer: Timer | undefined

  /** @param idleMs milliseconds; negative means never idle */
  constructor(clock: Clock, idleMs: number, onIdle: () => void) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#onIdle = onIdle
    this.#lastActiveMs = clock.now()
    if (idleMs >= 0) this.#timer = clock.schedule(idleMs, this.#onDue)
  }

  touch(): void {
    this.#lastActiveMs = this.#clock.now()
  }

  cancel(): void {
    this.#timer?.cancel()
  }

  readonly #onDue = (): void => {
    const remainingMs = this.#lastActiveMs + this.#idleMs - this.#clock.now()
    if (remainingMs <= 0) this.#onIdle()
    else this.#timer = this.#clock.schedule(remainingMs, this.#onDue)
  }
}
