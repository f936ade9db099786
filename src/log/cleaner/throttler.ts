/** Limits a rate by a pause after each piece of work (Kafka's `Throttler`). */
export class Throttler {
  #freeAtMs = 0

  /** Returns the pause before the next piece of work, in milliseconds. */
  waitAfter(bytes: number, maxBytesPerSecond: number, nowMs: number): number {
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bytes / maxBytesPerSecond) * 1000
    return this.#freeAtMs - nowMs
  }
}
