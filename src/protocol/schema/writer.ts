import { Buffer } from 'node:buffer'

import { isUnread } from '../../platform/unread-bytes.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { EncodeError } from './decode-error.ts'
import type { FramePart, RecordsInput } from './field.ts'

/** Records of this size and more are passed on without a copy; smaller ones are cheaper to copy. */
const BY_REFERENCE = 4096
/** Strings up to this length are encoded in JavaScript when they are ASCII. */
const SHORT_STRING = 48
const MAX_STRING = 0x7fff

/**
 * A growing buffer, and large slices of records that are not copied into it. The result is returned
 * once, as chunks in order.
 */
export class Writer {
  #buffer: Buffer
  /** The position of the first byte that is not in a chunk yet. */
  #start = 0
  #position = 0
  #chunks: FramePart[] = []
  #finishedSize = 0

  constructor(initialSize = 256) {
    this.#buffer = Buffer.allocUnsafe(initialSize)
  }

  /** The number of bytes written so far. */
  get size(): number {
    return this.#finishedSize + this.#position - this.#start
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    const at = this.#reserve(1)
    this.#buffer[at] = value
  }

  int16(value: number): void {
    const at = this.#reserve(2)
    this.#buffer[at] = value >> 8
    this.#buffer[at + 1] = value
  }

  int32(value: number): void {
    const at = this.#reserve(4)
    const buffer = this.#buffer
    buffer[at] = value >> 24
    buffer[at + 1] = value >> 16
    buffer[at + 2] = value >> 8
    buffer[at + 3] = value
  }

  int64(value: number): void {
    if (value >= Number.MAX_SAFE_INTEGER) return this.#int64Parts(0x7fffffff, -1)
    if (value <= Number.MIN_SAFE_INTEGER) return this.#int64Parts(-0x80000000, 0)
    this.#int64Parts(Math.floor(value / 0x100000000), value | 0)
  }

  bits64(value: bigint): void {
    const at = this.#reserve(8)
    this.#buffer.writeBigInt64BE(value, at)
  }

  float64(value: number): void {
    const at = this.#reserve(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  uvarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.int8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.int8(rest)
  }

  uuid(value: Uuid): void {
    const at = this.#reserve(16)
    if (value.length !== 22 || this.#buffer.write(value, at, 16, 'base64url') !== 16) {
      throw new EncodeError(`${value} is not a UUID of 22 characters`)
    }
  }

  /** Writes a string after its two-byte length. */
  string(value: string): void {
    const mark = this.#mark()
    this.int16(value.length)
    if (value.length <= SHORT_STRING && this.#ascii(value)) return
    this.#rewind(mark)
    const size = utf8Size(value)
    this.int16(size)
    this.#utf8(value, size)
  }

  /** Writes a string after a varint of its length plus one. */
  compactString(value: string): void {
    const mark = this.#mark()
    this.uvarint(value.length + 1)
    if (value.length <= SHORT_STRING && this.#ascii(value)) return
    this.#rewind(mark)
    const size = utf8Size(value)
    this.uvarint(size + 1)
    this.#utf8(value, size)
  }

  /** Copies bytes, without a length. */
  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length)
    this.#buffer.set(value, at)
  }

  bytes(value: Uint8Array): void {
    this.int32(value.length)
    this.raw(value)
  }

  compactBytes(value: Uint8Array): void {
    this.uvarint(value.length + 1)
    this.raw(value)
  }

  records(value: RecordsInput): void {
    this.int32(sizeOf(value))
    this.#recordSlices(value)
  }

  compactRecords(value: RecordsInput): void {
    this.uvarint(sizeOf(value) + 1)
    this.#recordSlices(value)
  }

  /**
   * Appends a slice, without a copy if it is large or not yet read. It must not change until it is
   * sent.
   */
  slice(value: FramePart): void {
    if (!isUnread(value) && value.length < BY_REFERENCE) return this.raw(value)
    this.#flush()
    this.#chunks.push(value)
    this.#finishedSize += value.length
  }

  /** Starts a tagged field. {@link endTag} writes its size, and needs the returned value. */
  beginTag(tag: number): number {
    this.uvarint(tag)
    this.#reserve(1)
    return this.#mark()
  }

  endTag(mark: number): void {
    const content = this.#start + mark
    const size = this.#position - content
    if (size < 0x80) {
      this.#buffer[content - 1] = size
      return
    }
    const extra = uvarintSize(size) - 1
    this.#reserve(extra)
    this.#buffer.copyWithin(this.#start + mark + extra, this.#start + mark, this.#position - extra)
    const end = this.#position
    this.#position = this.#start + mark - 1
    this.uvarint(size)
    this.#position = end
  }

  /** Reports null in a field that may not be null in this version. */
  unexpectedNull(field: string): never {
    throw new EncodeError(`${field} may not be null in this version`)
  }

  /** Returns the written bytes, in order. The writer must not be used after that. */
  finish(): FramePart[] {
    this.#flush()
    return this.#chunks
  }

  /** Returns the written bytes in one buffer. None of them may be unread. */
  finishContiguous(): Uint8Array {
    const chunks = this.finish() as Uint8Array[]
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }

  #int64Parts(high: number, low: number): void {
    this.int32(high)
    this.int32(low)
  }

  #recordSlices(value: RecordsInput): void {
    if (!isSlices(value)) return this.slice(value)
    for (const slice of value) this.slice(slice)
  }

  /** Writes a string while it is ASCII; returns false if it is not. */
  #ascii(value: string): boolean {
    const at = this.#reserve(value.length)
    const buffer = this.#buffer
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code >= 0x80) return false
      buffer[at + i] = code
    }
    return true
  }

  #utf8(value: string, size: number): void {
    const at = this.#reserve(size)
    this.#buffer.write(value, at, size, 'utf8')
  }

  /** Returns a position that stays valid when the buffer moves. */
  #mark(): number {
    return this.#position - this.#start
  }

  #rewind(mark: number): void {
    this.#position = this.#start + mark
  }

  #reserve(size: number): number {
    if (this.#position + size > this.#buffer.length) this.#grow(size)
    const at = this.#position
    this.#position = at + size
    return at
  }

  #grow(size: number): void {
    const kept = this.#position - this.#start
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, kept + size))
    this.#buffer.copy(grown, 0, this.#start, this.#position)
    this.#buffer = grown
    this.#start = 0
    this.#position = kept
  }

  #flush(): void {
    if (this.#position === this.#start) return
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#position))
    this.#finishedSize += this.#position - this.#start
    this.#start = this.#position
  }
}

function utf8Size(value: string): number {
  const size = Buffer.byteLength(value, 'utf8')
  if (size > MAX_STRING) throw new EncodeError(`a string of ${size} bytes is too long`)
  return size
}

/**
 * Not with `instanceof Uint8Array`, which fails for buffers of another realm, as test runners
 * create them.
 */
function isSlices(value: RecordsInput): value is readonly FramePart[] {
  return Array.isArray(value)
}

function sizeOf(value: RecordsInput): number {
  if (!isSlices(value)) return value.length
  let size = 0
  for (const slice of value) size += slice.length
  return size
}

function uvarintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) size++
  return size
}
