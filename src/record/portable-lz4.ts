import { CorruptRecordError } from './corrupt-record-error.ts'
import { findMatches, repeatBytes, type BlockParts } from './match-finder.ts'
import { xxHash32 } from './xxhash32.ts'

/** Magic; version 1, independent blocks, no checksums; blocks of 64 KB. The header's checksum follows. */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40)
const BLOCK_BYTES = 64 * 1024
const UNCOMPRESSED_FLAG = 0x80000000

/** A token has four bits for each of two lengths. The rest of a longer length follows it. */
const MAX_IN_TOKEN = 15
const MIN_MATCH = 4

/** The LZ4 frame format in JavaScript, used when `lz4-napi` cannot be loaded. */
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

  /**
   * Returns the content of one frame. The caller has checked the frame's header and the sizes of its blocks.
   *
   * @throws CorruptRecordError when a block or a checksum is invalid
   */
  decompressFrameSync(frame: Buffer): Uint8Array {
    const flags = frame[4]!
    const parts: Uint8Array[] = []
    let position = (flags & 0x08) === 0 ? 7 : 15
    for (;;) {
      const word = frame.readUInt32LE(position)
      position += 4
      if (word === 0) break
      const isUncompressed = word >= UNCOMPRESSED_FLAG
      const end = position + (isUncompressed ? word - UNCOMPRESSED_FLAG : word)
      parts.push(
        isUncompressed ? frame.subarray(position, end) : decompressBlock(frame, position, end),
      )
      if ((flags & 0x10) !== 0) checkSum(frame, position, end, frame.readUInt32LE(end))
      position = end + ((flags & 0x10) === 0 ? 0 : 4)
    }
    const content = Buffer.concat(parts)
    if ((flags & 0x04) !== 0) checkSum(content, 0, content.length, frame.readUInt32LE(position))
    return content
  },
}

/** Returns the size of a compressed block's content. Walks the block's sequences and copies nothing. */
export function blockContentSize(bytes: Uint8Array, start: number, end: number): number {
  let size = 0
  let position = start
  while (position < end) {
    const token = bytes[position++]!
    let literals = token >> 4
    if (literals === MAX_IN_TOKEN) {
      for (let more = 255; more === 255 && position < end; literals += more)
        more = bytes[position++]!
    }
    position += literals
    size += literals
    if (position >= end) break
    position += 2
    let match = (token & MAX_IN_TOKEN) + MIN_MATCH
    if (match === MAX_IN_TOKEN + MIN_MATCH) {
      for (let more = 255; more === 255 && position < end; match += more) more = bytes[position++]!
    }
    size += match
  }
  if (position !== end) throw new CorruptRecordError('LZ4 block ends within a sequence')
  return size
}

function decompressBlock(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const content = Buffer.allocUnsafe(blockContentSize(bytes, start, end))
  let size = 0
  for (let position = start; ;) {
    // Literals follow the last match, even if there are none.
    if (position >= end) throw new CorruptRecordError('LZ4 block ends with a match')
    const token = bytes[position++]!
    let literals = token >> 4
    if (literals === MAX_IN_TOKEN) {
      for (let more = 255; more === 255; literals += more) more = bytes[position++]!
    }
    content.set(bytes.subarray(position, position + literals), size)
    position += literals
    size += literals
    if (position === end) return content
    const distance = bytes[position]! | (bytes[position + 1]! << 8)
    position += 2
    let match = (token & MAX_IN_TOKEN) + MIN_MATCH
    if (match === MAX_IN_TOKEN + MIN_MATCH) {
      for (let more = 255; more === 255; match += more) more = bytes[position++]!
    }
    if (distance === 0 || distance > size) {
      throw new CorruptRecordError(`LZ4 block repeats what lies ${distance} bytes back`)
    }
    repeatBytes(content, size, distance, match)
    size += match
  }
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

  /** Writes the part of a length that does not fit into the token. */
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

function checkSum(bytes: Uint8Array, start: number, end: number, expected: number): void {
  if (xxHash32(bytes, start, end) !== expected) {
    throw new CorruptRecordError('LZ4 checksum does not match')
  }
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(value)
  return bytes
}
