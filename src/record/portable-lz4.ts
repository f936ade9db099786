import { findMatches, type BlockParts } from './match-finder.ts'
import { xxHash32 } from './xxhash32.ts'

/**
 * Magic; version 1, independent blocks, no checksums; blocks of 64 KB. The header's checksum
 * follows.
 */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40)
const BLOCK_BYTES = 64 * 1024
const UNCOMPRESSED_FLAG = 0x80000000

/** A token has four bits for each of two lengths. The rest of a longer length follows it. */
const MAX_IN_TOKEN = 15
const MIN_MATCH = 4

/** Writes the LZ4 frame format in JavaScript, used when `lz4-napi` cannot be loaded. */
export const portableLz4 = {
  /** Returns one frame with blocks of 64 KB and no content checksum. */
  compressFrameSync(bytes: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [HEADER, Uint8Array.of((xxHash32(HEADER, 4, 6) >>> 8) & 0xff)]
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
      const content = bytes.subarray(start, start + BLOCK_BYTES)
      const block = new BlockWriter(content)
      findMatches(content, 0, content.length, block)
      const compressed = block.finish()
      const isSmaller = compressed.length < content.length
      const stored = isSmaller ? compressed : content
      parts.push(uint32(isSmaller ? stored.length : stored.length + UNCOMPRESSED_FLAG), stored)
    }
    parts.push(uint32(0))
    return Buffer.concat(parts)
  },
}

class BlockWriter implements BlockParts {
  readonly #bytes: Uint8Array
  readonly #block: Uint8Array
  #size = 0
  #literalsStart = 0
  #literalsEnd = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#block = Buffer.allocUnsafe(bytes.length + Math.ceil(bytes.length / 255) + 16)
  }

  literals(start: number, end: number): void {
    this.#literalsStart = start
    this.#literalsEnd = end
  }

  match(distance: number, length: number): void {
    this.#sequence(length - MIN_MATCH)
    this.#put(distance)
    this.#put(distance >> 8)
    this.#more(length - MIN_MATCH)
  }

  /** Writes the last literals. Returns the block. */
  finish(): Uint8Array {
    this.#sequence(0)
    return this.#block.subarray(0, this.#size)
  }

  /** Writes the token and the literals. */
  #sequence(matchRest: number): void {
    const count = this.#literalsEnd - this.#literalsStart
    this.#put((Math.min(count, MAX_IN_TOKEN) << 4) | Math.min(matchRest, MAX_IN_TOKEN))
    this.#more(count)
    this.#block.set(this.#bytes.subarray(this.#literalsStart, this.#literalsEnd), this.#size)
    this.#size += count
  }

  /** Writes the part of a length that does not fit in the token. */
  #more(length: number): void {
    if (length < MAX_IN_TOKEN) return
    let rest = length - MAX_IN_TOKEN
    for (; rest >= 255; rest -= 255) this.#put(255)
    this.#put(rest)
  }

  #put(byte: number): void {
    this.#block[this.#size++] = byte
  }
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(value)
  return bytes
}
