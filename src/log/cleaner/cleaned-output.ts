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

  /** What is reserved lies in it; another one after the next reservation perhaps. */
  get buffer(): Uint8Array {
    return this.#buffer
  }

  /** Takes the batch that lies in `source` from `start` on. */
  add(source: Uint8Array, start: number, sizeInBytes: number): void {
    const position = this.reserve(sizeInBytes)
    copyBytes(this.#buffer, position, source, start, start + sizeInBytes)
    this.commit(sizeInBytes)
  }

  /** Where in {@link buffer} there is room for so many bytes; what is put there counts once it is committed. */
  reserve(sizeInBytes: number): number {
    if (this.#size + sizeInBytes > this.#buffer.length) this.flush()
    if (sizeInBytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(sizeInBytes)
    return this.#size
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

const SHORT_BYTES = 96

/** By hand where a call, and the slice it needs, would take longer than the copy. */
export function copyBytes(
  target: Uint8Array,
  position: number,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start > SHORT_BYTES) target.set(source.subarray(start, end), position)
  else for (let at = start; at < end; at++) target[position++] = source[at]!
}
