import { CorruptRecordError } from './corrupt-record-error.ts'

/**
 * Walks the records of a magic 2 batch, decompressed, one after the other and allocating nothing:
 * each call of {@link next} checks the whole structure of a record and leaves the places of its
 * parts in the fields.
 */
export class RecordCursor {
  /** Milliseconds from the batch's base timestamp. */
  timestampDelta = 0
  /** Offsets from the batch's base offset. */
  offsetDelta = 0
  keyStart = 0
  /** -1 for a record without key. */
  keySize = -1
  valueStart = 0
  /** -1 for a tombstone. */
  valueSize = -1
  headerCount = 0
  /** Where the first header's key size stands. */
  headersStart = 0
  /** Where the record begins behind its leading length. */
  bodyStart = 0
  /** Size of the record without its leading length. */
  bodySize = 0

  #bytes: Uint8Array
  #end: number
  #position: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#position = start
    this.#end = end
  }

  /** Begins anew with other records. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.#position = start
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#end
  }

  /**
   * Goes to the next record.
   *
   * @throws CorruptRecordError when there is none, or it is not made as a record is
   */
  next(): void {
    if (this.isAtEnd) {
      throw new CorruptRecordError('Incorrect declared batch size, premature EOF reached')
    }
    const bodySize = this.#varint()
    const bodyEnd = this.#position + bodySize
    if (bodySize < 0 || bodyEnd > this.#end) {
      throw new CorruptRecordError(`Invalid record size: ${bodySize} bytes are not there`)
    }
    this.bodyStart = this.#position
    this.bodySize = bodySize
    // The attributes of a record, of which none is in use.
    this.#position++
    this.timestampDelta = this.#varlong()
    this.offsetDelta = this.#varint()
    this.keySize = this.#field(bodyEnd)
    this.keyStart = this.#position - Math.max(this.keySize, 0)
    this.valueSize = this.#field(bodyEnd)
    this.valueStart = this.#position - Math.max(this.valueSize, 0)
    const headerCount = this.#varint()
    if (headerCount < 0 || headerCount > bodyEnd - this.#position) {
      throw new CorruptRecordError(`Found invalid number of record headers ${headerCount}`)
    }
    this.headerCount = headerCount
    this.headersStart = this.#position
    for (let header = 0; header < headerCount; header++) {
      if (this.#field(bodyEnd) < 0) throw new CorruptRecordError('Invalid negative header key size')
      this.#field(bodyEnd)
    }
    if (this.#position !== bodyEnd) {
      throw new CorruptRecordError('Invalid record size: its parts do not fill the record')
    }
  }

  /** Passes a size and as many bytes; returns the size, -1 for null. */
  #field(end: number): number {
    const size = this.#varint()
    if (size < 0) return -1
    const position = this.#position + size
    if (position > end) throw new CorruptRecordError('Found invalid record structure')
    this.#position = position
    return size
  }

  #varint(): number {
    const bytes = this.#bytes
    const position = this.#position
    const first = bytes[position]!
    if (first < 0x80) {
      this.#position = position + 1
      return (first >>> 1) ^ -(first & 1)
    }
    const second = bytes[position + 1]!
    if (second < 0x80) {
      this.#position = position + 2
      const value = (first & 0x7f) | (second << 7)
      return (value >>> 1) ^ -(value & 1)
    }
    return this.#longVarint()
  }

  /** Of up to five bytes; two are the most that most records need. */
  #longVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#position++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new CorruptRecordError('Varint is too long')
  }

  #varlong(): number {
    const bytes = this.#bytes
    const position = this.#position
    const first = bytes[position]!
    if (first < 0x80) {
      this.#position = position + 1
      return (first >>> 1) ^ -(first & 1)
    }
    const second = bytes[position + 1]!
    if (second < 0x80) {
      this.#position = position + 2
      const value = (first & 0x7f) | (second << 7)
      return (value >>> 1) ^ -(value & 1)
    }
    return this.#longVarlong()
  }

  /** Of up to ten bytes. */
  #longVarlong(): number {
    let value = 0
    for (let index = 0, weight = 1; index < 10; index++, weight *= 128) {
      const byte = this.#bytes[this.#position++]!
      value += (byte & 0x7f) * weight
      if (byte < 0x80) {
        const magnitude = Math.floor(value / 2)
        return value % 2 === 0 ? magnitude : -magnitude - 1
      }
    }
    throw new CorruptRecordError('Varlong is too long')
  }
}
