import type { LogSegment } from '../segment.ts'

/**
 * Gathers the batches that stay, and appends them to the cleaned segment when so many have come together. Room for a batch is asked
 * for before it is known how much of it is needed.
 */
export class CleanedOutput {
  readonly #segment: LogSegment
  #buffer: Uint8Array
  #size = 0

  /** @param bufferBytes how much is gathered; a larger batch is appended by itself */
  constructor(segment: LogSegment, bufferBytes: number) {
    this.#segment = segment
    this.#buffer = Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** Takes a whole batch. */
  add(batch: Uint8Array): void {
    const target = this.reserve(batch.length)
    target.set(batch)
    this.commit(batch.length)
  }

  /** Room for at least so many bytes; what is put at its beginning counts once it is committed. */
  reserve(sizeInBytes: number): Uint8Array {
    if (this.#size + sizeInBytes > this.#buffer.length) this.flush()
    if (sizeInBytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(sizeInBytes)
    return this.#buffer.subarray(this.#size)
  }

  /** The first bytes of what was reserved last are a batch. */
  commit(sizeInBytes: number): void {
    this.#size += sizeInBytes
  }

  /** Appends what has been gathered. */
  flush(): void {
    if (this.#size === 0) return
    this.#segment.append(this.#buffer.subarray(0, this.#size))
    this.#size = 0
  }
}
