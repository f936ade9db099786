import { findMatches, type BlockParts } from './match-finder.ts'

/** The kinds of elements that copy bytes, in the lowest two bits of a tag; 0 is a literal. */
const Element = { Copy1: 1, Copy2: 2 } as const

/** The length of a literal of up to 60 bytes is in its tag. */
const SHORT_LITERAL = 60

/** The maximum length of one copy. */
const MAX_COPY = 64

/** Writes the Snappy block format in JavaScript, used when `snappy` cannot be loaded. */
export const portableSnappy = {
  /** Returns one block of at most 65,536 bytes of content. */
  compressSync(bytes: Uint8Array): Uint8Array {
    const block = new BlockWriter(bytes)
    findMatches(bytes, 0, bytes.length, block)
    return block.written()
  },
}

class BlockWriter implements BlockParts {
  readonly #bytes: Uint8Array
  readonly #block: Uint8Array
  #size = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#block = Buffer.allocUnsafe(32 + bytes.length + Math.ceil(bytes.length / 6))
    let rest = bytes.length
    for (; rest >= 0x80; rest >>>= 7) this.#put(rest | 0x80)
    this.#put(rest)
  }

  written(): Uint8Array {
    return this.#block.subarray(0, this.#size)
  }

  literals(start: number, end: number): void {
    const last = end - start - 1
    if (last < 0) return
    if (last < SHORT_LITERAL) {
      this.#put(last << 2)
    } else if (last < 0x100) {
      this.#put(SHORT_LITERAL << 2)
      this.#put(last)
    } else {
      this.#put((SHORT_LITERAL + 1) << 2)
      this.#put(last)
      this.#put(last >> 8)
    }
    this.#block.set(this.#bytes.subarray(start, end), this.#size)
    this.#size += end - start
  }

  match(distance: number, length: number): void {
    let rest = length
    // Leave at least four bytes for the last copy, the minimum of the short form.
    for (; rest > MAX_COPY; rest -= 60) this.#copy2(distance, 60)
    if (rest < 12 && distance < 2048) {
      this.#put(((distance >> 8) << 5) | ((rest - 4) << 2) | Element.Copy1)
      this.#put(distance)
    } else {
      this.#copy2(distance, rest)
    }
  }

  #copy2(distance: number, length: number): void {
    this.#put(((length - 1) << 2) | Element.Copy2)
    this.#put(distance)
    this.#put(distance >> 8)
  }

  #put(byte: number): void {
    this.#block[this.#size++] = byte
  }
}
