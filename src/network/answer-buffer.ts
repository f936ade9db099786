/** What an answer may have read in advance; the rest of it is left unread until it is sent. */
const MAX_BYTES = 2 * 1024 * 1024

/** Answers are rounded up to this, so that a growing one does not need a new buffer each time. */
const GRAIN_BYTES = 64 * 1024

/**
 * Memory that the answers of one connection are read into, one answer after the other. Using it again saves the kernel
 * from clearing pages and the garbage collector from counting them. That there is a limit bounds what a broker needs for
 * its consumers, whatever they ask for.
 */
export class AnswerBuffer {
  #buffer = Buffer.alloc(0)
  #used = 0
  #isFull = false

  /** Begins a new answer: what was taken before is free again. The last answer must have left the process. */
  reset(): void {
    this.#used = 0
    this.#isFull = false
  }

  /** Begins a new answer while the last one is still being sent. */
  abandon(): void {
    this.#buffer = Buffer.alloc(0)
    this.reset()
  }

  /**
   * `sizeInBytes` bytes that are nobody else's until the next answer. Undefined when the answer would have more than
   * 2 MiB; then it gets no more either, so that all it has lies before what is left unread.
   */
  take(sizeInBytes: number): Uint8Array | undefined {
    const end = this.#used + sizeInBytes
    if (end > MAX_BYTES) this.#isFull = true
    if (this.#isFull) return undefined
    if (end > this.#buffer.length) {
      // What was taken of the old buffer stays valid: its slices hold it.
      this.#buffer = Buffer.allocUnsafeSlow(Math.ceil(end / GRAIN_BYTES) * GRAIN_BYTES)
      this.#used = 0
    }
    const start = this.#used
    this.#used = start + sizeInBytes
    return this.#buffer.subarray(start, this.#used)
  }

  /** At most `sizeInBytes` bytes to read a piece into, when all that was taken before has left the process. */
  takePiece(sizeInBytes: number): Uint8Array {
    this.reset()
    return this.take(Math.min(sizeInBytes, PIECE_BYTES))!
  }
}

/** How much of what is unread is in memory at a time. */
const PIECE_BYTES = 1024 * 1024
