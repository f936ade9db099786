import { RecordTooLargeError } from './corrupt-record-error.ts'

/** What is kept between two batches; more is given back. */
const KEPT_BYTES = 4 * 1024 * 1024
const SMALLEST_BYTES = 64 * 1024

/**
 * Memory that streams are decoded into, used again for one after the other: fresh memory costs more
 * than decoding does. After an error of a decoder it holds what was decoded before the fault.
 */
export class DecodeBuffer {
  /** The content lies here, from 0 to {@link size}. */
  bytes: Uint8Array
  size = 0
  #maxBytes = Infinity

  /** @param firstBytes what to begin with */
  constructor(firstBytes = SMALLEST_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(firstBytes)
  }

  /** The content decoded so far. */
  get content(): Uint8Array {
    return this.bytes.subarray(0, this.size)
  }

  /** What may be decoded at most. */
  get maxBytes(): number {
    return this.#maxBytes
  }

  /** Begins again, with nothing decoded. */
  reset(maxBytes: number): void {
    this.size = 0
    this.#maxBytes = maxBytes
  }

  /** Gives back memory that an unusually large batch took. */
  release(): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(SMALLEST_BYTES)
  }

  /**
   * Makes room for so many bytes.
   *
   * @throws RecordTooLargeError when the content would be larger than the limit
   */
  reserve(count: number): void {
    if (this.size + count > this.#maxBytes) this.#refuse()
    this.reserveBeyondLimit(count)
  }

  /** Makes room for so many bytes, of which fewer may be used; {@link checkSize} follows. */
  reserveBeyondLimit(count: number): void {
    const needed = this.size + count
    if (needed > this.bytes.length) this.#grow(needed)
  }

  /**
   * Makes room for at least one byte: for decoders that cannot tell how much they will write. They
   * may write one byte more than the limit, which the next call finds.
   *
   * @throws RecordTooLargeError when the content is larger than the limit
   */
  makeRoom(): void {
    if (this.size > this.#maxBytes) this.#refuse()
    if (this.size === this.bytes.length) this.#grow(this.size + 1)
  }

  /** @throws RecordTooLargeError when the content is larger than the limit */
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
