import { CorruptRecordError } from './corrupt-record-error.ts'
import { findMatches, repeatBytes, type BlockParts } from './match-finder.ts'

/** The kinds of elements, in the lowest two bits of a tag. */
const Element = { Literal: 0, Copy1: 1, Copy2: 2, Copy4: 3 } as const

/** The length of a literal of up to 60 bytes is in its tag. */
const SHORT_LITERAL = 60

/** The most bytes that one copy repeats. */
const MAX_COPY = 64

/** The Snappy block format in JavaScript, used when `snappy` cannot be loaded. */
export const portableSnappy = {
  /** Returns one block of at most 65,536 bytes of content. */
  compressSync(bytes: Uint8Array): Uint8Array {
    const block = new BlockWriter(bytes)
    findMatches(bytes, 0, bytes.length, block)
    return block.written()
  },

  /**
   * Returns the content of one block. Allocates the size that the block declares; check that size first.
   *
   * @throws CorruptRecordError when the block is truncated or invalid
   */
  uncompressSync(block: Uint8Array): Uint8Array {
    return new BlockReader(block).read()
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
    // Leaves at least four bytes for the last copy: the short form has no lower length.
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

class BlockReader {
  readonly #block: Uint8Array
  #position = 0

  constructor(block: Uint8Array) {
    this.#block = block
  }

  read(): Uint8Array {
    const content = Buffer.allocUnsafe(this.#contentSize())
    let size = 0
    while (this.#position < this.#block.length) {
      const tag = this.#number(1)
      const length =
        (tag & 3) === Element.Literal
          ? this.#literal(tag, content, size)
          : this.#copy(tag, content, size)
      size += length
    }
    if (size !== content.length) throw corrupt()
    return content
  }

  #literal(tag: number, content: Uint8Array, size: number): number {
    const inTag = tag >> 2
    const length = (inTag < SHORT_LITERAL ? inTag : this.#number(inTag - SHORT_LITERAL + 1)) + 1
    const end = this.#position + length
    if (end > this.#block.length || size + length > content.length) throw corrupt()
    content.set(this.#block.subarray(this.#position, end), size)
    this.#position = end
    return length
  }

  #copy(tag: number, content: Uint8Array, size: number): number {
    const isShort = (tag & 3) === Element.Copy1
    const length = isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const distance = isShort
      ? ((tag >> 5) << 8) | this.#number(1)
      : this.#number((tag & 3) === Element.Copy2 ? 2 : 4)
    if (distance === 0 || distance > size || size + length > content.length) throw corrupt()
    repeatBytes(content, size, distance, length)
    return length
  }

  /** Reads the size at the start of the block. */
  #contentSize(): number {
    let size = 0
    for (let index = 0, weight = 1; index < 5; index++, weight *= 128) {
      const byte = this.#number(1)
      size += (byte & 0x7f) * weight
      if (byte < 0x80) return size
    }
    throw corrupt()
  }

  /** Reads a little-endian number. */
  #number(sizeInBytes: number): number {
    if (this.#position + sizeInBytes > this.#block.length) throw corrupt()
    let number = 0
    for (let index = 0, weight = 1; index < sizeInBytes; index++, weight *= 256)
      number += this.#block[this.#position++]! * weight
    return number
  }
}

function corrupt(): CorruptRecordError {
  return new CorruptRecordError('Snappy block is not valid')
}
