/** Keeps a rate by telling how long to wait after each piece of work (Kafka's `Throttler`). */
export class Throttler {
  #freeAtMs = 0

  /** @returns how many milliseconds to wait before the next piece */
  waitAfter(bytes: number, maxBytesPerSecond: number, nowMs: number): number {
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bytes / maxBytesPerSecond) * 1000
    return this.#freeAtMs - nowMs
  }
}
