import { RecordTooLargeError } from './corrupt-record-error.ts'

/** The memory that is kept between two batches; more is released. */
const KEPT_BYTES = 4 * 1024 * 1024
const SMALLEST_BYTES = 64 * 1024

/**
 * Memory into which streams are decoded, reused for one after the other: fresh memory costs more
 * than decoding. After an error of a decoder it has the bytes that were decoded before.
 */
export class DecodeBuffer {
  /** The content is here, from 0 to {@link size}. */
  bytes: Uint8Array
  size = 0
  #maxBytes = Infinity

  /** @param firstBytes the initial size */
  constructor(firstBytes = SMALLEST_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(firstBytes)
  }

  /** The content decoded so far. */
  get content(): Uint8Array {
    return this.bytes.subarray(0, this.size)
  }

  /** The limit of the content. */
  get maxBytes(): number {
    return this.#maxBytes
  }

  /** Starts again, without content. */
  reset(maxBytes: number): void {
    this.size = 0
    this.#maxBytes = maxBytes
  }

  /** Releases the memory of an unusually large batch. */
  release(): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(SMALLEST_BYTES)
  }

  /**
   * Reserves space for this many bytes.
   *
   * @throws RecordTooLargeError if the content would exceed the limit
   */
  reserve(count: number): void {
    if (this.size + count > this.#maxBytes) this.#refuse()
    this.reserveBeyondLimit(count)
  }

  /**
   * Reserves space for this many bytes, some of which may stay unused; {@link checkSize} follows.
   */
  reserveBeyondLimit(count: number): void {
    const needed = this.size + count
    if (needed > this.bytes.length) this.#grow(needed)
  }

  /**
   * Reserves space for at least one byte, for decoders that do not know their output size. They may
   * write one byte more than the limit, which the next call detects.
   *
   * @throws RecordTooLargeError if the content exceeds the limit
   */
  makeRoom(): void {
    if (this.size > this.#maxBytes) this.#refuse()
    if (this.size === this.bytes.length) this.#grow(this.size + 1)
  }

  /**
   * Checks the limit.
   *
   * @throws RecordTooLargeError if the content exceeds the limit
   */
  checkSize(): void {
    if (this.size > this.#maxBytes) this.#refuse()
  }

  #refuse(): never {
    throw new RecordTooLargeError(`The records hold more than ${this.#maxBytes} bytes`)
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(
      Math.max(needed, Math.min(2 * this.bytes.length, this.#maxBytes + 1), SMALLEST_BYTES),
    )
    larger.set(this.content)
    this.bytes = larger
  }
}
