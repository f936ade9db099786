/** The maximum size of a response in memory. The rest is read while it is sent. */
const MAX_BYTES = 2 * 1024 * 1024

/**
 * Buffers are rounded up to this size, so that a growing response does not need a new one each
 * time.
 */
const GRAIN_BYTES = 64 * 1024

/**
 * Memory into which the responses of one connection are read, one after the other. Reusing it saves
 * the kernel from clearing pages and the garbage collector from counting them. The limit bounds the
 * memory of a broker for its consumers, whatever they request.
 */
export class AnswerBuffer {
  #buffer = Buffer.alloc(0)
  #used = 0
  #isFull = false

  /**
   * Starts a new response: all memory is free again. The last response must have left the process.
   */
  reset(): void {
    this.#used = 0
    this.#isFull = false
  }

  /** Starts a new response while the last one is still being sent. */
  abandon(): void {
    this.#buffer = Buffer.alloc(0)
    this.reset()
  }

  /**
   * Returns `sizeInBytes` bytes that are reserved until the next response. Returns undefined if the
   * response would exceed 2 MiB; then it gets no more memory, so that its parts in memory are
   * before its unread parts.
   */
  take(sizeInBytes: number): Uint8Array | undefined {
    const end = this.#used + sizeInBytes
    if (end > MAX_BYTES) this.#isFull = true
    if (this.#isFull) return undefined
    if (end > this.#buffer.length) {
      // The used part of the old buffer stays valid: its slices refer to it.
      this.#buffer = Buffer.allocUnsafeSlow(Math.ceil(end / GRAIN_BYTES) * GRAIN_BYTES)
      this.#used = 0
    }
    const start = this.#used
    this.#used = start + sizeInBytes
    return this.#buffer.subarray(start, this.#used)
  }

  /**
   * Returns at most `sizeInBytes` bytes to read a piece into. Everything before must have left the
   * process.
   */
  takePiece(sizeInBytes: number): Uint8Array {
    this.reset()
    return this.take(Math.min(sizeInBytes, PIECE_BYTES))!
  }
}

/** The size of the unread part that is in memory at a time. */
const PIECE_BYTES = 1024 * 1024
