import type { Clock, Timer } from './clock.ts'

interface Held<T> {
  readonly item: T
  readonly pushedAtMs: number
}

/**
 * A queue whose items leave it after a delay, in their order. The delay may change at any time;
 * `Infinity` holds all items.
 */
export class DelayQueue<T> {
  readonly #clock: Clock
  readonly #deliver: (item: T) => boolean
  readonly #held: Held<T>[] = []
  #delayMs = 0
  #timer: Timer | undefined
  #isDelivering = false

  /** @param deliver takes an item; returns false to wait for {@link proceed} */
  constructor(clock: Clock, deliver: (item: T) => boolean) {
    this.#clock = clock
    this.#deliver = deliver
  }

  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  /** The delay in milliseconds, 0 at first. It also counts for items in the queue. */
  get delayMs(): number {
    return this.#delayMs
  }

  set delayMs(delayMs: number) {
    this.#delayMs = delayMs
    this.proceed()
  }

  push(item: T): void {
    this.#held.push({ item, pushedAtMs: this.#clock.now() })
    this.proceed()
  }

  /** Delivers the items whose time is over. */
  proceed(): void {
    if (this.#isDelivering) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#isDelivering = true
    try {
      while (this.#remainingMs() <= 0) {
        if (!this.#deliver(this.#held.shift()!.item)) return
      }
    } finally {
      this.#isDelivering = false
    }
    const remainingMs = this.#remainingMs()
    if (remainingMs < Infinity) {
      this.#timer = this.#clock.schedule(remainingMs, () => this.proceed())
    }
  }

  /** Drops all items. */
  close(): void {
    this.#timer?.cancel()
    this.#held.length = 0
  }

  /** Returns the time until the first item leaves; `Infinity` if there is none. */
  #remainingMs(): number {
    const first = this.#held[0]
    return first === undefined ? Infinity : first.pushedAtMs + this.#delayMs - this.#clock.now()
  }
}
