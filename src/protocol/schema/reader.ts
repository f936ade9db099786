import { Buffer } from 'node:buffer'

import { ZERO_UUID } from '../../platform/uuid.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { DecodeError } from './decode-error.ts'

/**
 * ASCII strings up to this length are decoded in JavaScript; a call into the runtime costs more.
 */
const SHORT_STRING = 32
/** Kafka's maximum length of a string, in bytes. */
const MAX_STRING = 0x7fff
/** The upper 32 bits of the largest exact `number`. */
const MAX_SAFE_HIGH = 0x1fffff
const MIN_SAFE_HIGH = -0x200000

/**
 * Reads the bytes of a message. Every step is checked against the end of the bytes, and every
 * length before an allocation. Invalid input throws a {@link DecodeError}.
 */
export class Reader {
  readonly bytes: Buffer
  readonly end: number
  position: number

  constructor(bytes: Uint8Array, start = 0) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = start
    this.end = bytes.byteLength
  }

  get remaining(): number {
    return this.end - this.position
  }

  bool(): boolean {
    return this.bytes[this.#take(1)] !== 0
  }

  int8(): number {
    return (this.bytes[this.#take(1)]! << 24) >> 24
  }

  int16(): number {
    const at = this.#take(2)
    return (((this.bytes[at]! << 8) | this.bytes[at + 1]!) << 16) >> 16
  }

  uint16(): number {
    const at = this.#take(2)
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!
  }

  int32(): number {
    const at = this.#take(4)
    const { bytes } = this
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  /** Saturates at ±`Number.MAX_SAFE_INTEGER`. */
  int64(): number {
    const high = this.int32()
    const low = this.int32() >>> 0
    if (high > MAX_SAFE_HIGH) return Number.MAX_SAFE_INTEGER
    if (high < MIN_SAFE_HIGH || (high === MIN_SAFE_HIGH && low === 0)) {
      return Number.MIN_SAFE_INTEGER
    }
    return high * 0x100000000 + low
  }

  /** All 64 bits, as a signed `bigint`. */
  bits64(): bigint {
    return this.bytes.readBigInt64BE(this.#take(8))
  }

  float64(): number {
    return this.bytes.readDoubleBE(this.#take(8))
  }

  /** An unsigned varint of at most 32 bits (five bytes). */
  uvarint(): number {
    const first = this.bytes[this.#take(1)]!
    return first < 0x80 ? first : this.#longUvarint(first)
  }

  uuid(): Uuid {
    const at = this.#take(16)
    const { bytes } = this
    for (let i = at; i < at + 16; i++) {
      if (bytes[i] !== 0) return bytes.toString('base64url', at, at + 16)
    }
    return ZERO_UUID
  }

  string(length: number): string {
    if (length > MAX_STRING) throw new DecodeError(`a string of ${length} bytes is too long`)
    const at = this.#take(length)
    const end = at + length
    if (length > SHORT_STRING) return this.bytes.toString('utf8', at, end)
    const { bytes } = this
    let text = ''
    for (let i = at; i < end; i++) {
      const byte = bytes[i]!
      if (byte >= 0x80) return bytes.toString('utf8', at, end)
      text += String.fromCharCode(byte)
    }
    return text
  }

  /** A slice of the frame, not a copy. */
  slice(length: number): Uint8Array {
    const at = this.#take(length)
    return this.bytes.subarray(at, at + length)
  }

  /**
   * Refuses a count of elements that cannot fit in the rest, given the minimum size of an element.
   */
  checkCount(count: number, leastSize: number): number {
    if (count * leastSize > this.end - this.position) {
      throw new DecodeError(`${count} elements do not fit into ${this.remaining} bytes`)
    }
    return count
  }

  /** Returns the end of a tagged field with this size. */
  tagEnd(size: number): number {
    if (size > this.remaining) {
      throw new DecodeError(`a tagged field of ${size} bytes is longer than what is left`)
    }
    return this.position + size
  }

  /** Refuses a tagged field that did not have the declared size. */
  checkTagEnd(end: number, field: string): void {
    if (this.position !== end) throw new DecodeError(`the tagged field ${field} has a wrong size`)
  }

  skip(length: number): void {
    this.#take(length)
  }

  /** Reports null in a field that may not be null. */
  unexpectedNull(field: string): never {
    throw new DecodeError(`${field} is not nullable and was null`)
  }

  #take(length: number): number {
    const at = this.position
    if (length > this.end - at) {
      throw new DecodeError(`the bytes end at ${this.end}, where ${at + length} are needed`)
    }
    this.position = at + length
    return at
  }

  #longUvarint(first: number): number {
    let value = first & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.bytes[this.#take(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new DecodeError('a varint is longer than five bytes')
  }
}
