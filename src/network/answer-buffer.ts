/** What a connection keeps for its next answer; larger ones are made anew. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024

/** Answers are rounded up to this, so that a growing one does not need a new buffer each time. */
const GRAIN_BYTES = 64 * 1024

/**
 * Memory that the answers of one connection are read into, one answer after the other. Using it again saves the kernel
 * from clearing pages and the garbage collector from counting them.
 */
export class AnswerBuffer {
  #buffer = Buffer.alloc(0)
  #used = 0

  /** Begins a new answer: what was taken before is free again. The last answer must have left the process. */
  reset(): void {
    this.#used = 0
  }

  /** Begins a new answer while the last one is still being sent. */
  abandon(): void {
    this.#buffer = Buffer.alloc(0)
    this.#used = 0
  }

  /** `sizeInBytes` bytes that are nobody else's until the next answer. */
  take(sizeInBytes: number): Uint8Array {
    const end = this.#used + sizeInBytes
    if (end > this.#buffer.length) {
      if (end > MAX_KEPT_BYTES) return Buffer.allocUnsafeSlow(sizeInBytes)
      // What was taken of the old buffer stays valid: its slices hold it.
      this.#buffer = Buffer.allocUnsafeSlow(Math.ceil(end / GRAIN_BYTES) * GRAIN_BYTES)
      this.#used = 0
    }
    const start = this.#used
    this.#used = start + sizeInBytes
    return this.#buffer.subarray(start, this.#used)
  }
}
