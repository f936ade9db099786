import { InvalidRecordError } from './corrupt-record-error.ts'

/**
 * Reads the decompressed records of a magic 2 batch one by one, without allocations: each call of
 * {@link next} checks the whole structure of a record and stores the positions of its parts in the
 * fields.
 */
export class RecordCursor {
  /** Milliseconds from the batch's base timestamp. */
  timestampDelta = 0
  /** The distance from the batch's base offset. */
  offsetDelta = 0
  keyStart = 0
  /** -1 for a record without key. */
  keySize = -1
  valueStart = 0
  /** -1 for a tombstone. */
  valueSize = -1
  headerCount = 0
  /** The position of the first header's key size. */
  headersStart = 0
  /** The position of the record after its length field. */
  bodyStart = 0
  /** The size of the record without its length field. */
  bodySize = 0
  /** The maximum accepted `bodySize`; {@link reset} removes the limit. */
  maxBodySize = Infinity
  /** Whether the last error was an invalid varint in a length field. */
  isSizeBroken = false

  #bytes: Uint8Array
  #end: number
  #position: number
  #isPastEnd = false

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#position = start
    this.#end = end
  }

  /** Starts again with other records. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.#position = start
    this.#end = end
    this.maxBodySize = Infinity
    this.#isPastEnd = false
    this.isSizeBroken = false
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#end
  }

  /** Whether the last error was caused by missing bytes at the end, not by invalid bytes. */
  get isPastEnd(): boolean {
    return this.#isPastEnd || (this.isSizeBroken && this.#position > this.#end)
  }

  /**
   * Moves to the next record.
   *
   * @throws InvalidRecordError if there is none, or it is malformed
   */
  next(): void {
    const bodyEnd = this.#begin()
    if (bodyEnd > this.#end) {
      this.#isPastEnd = true
      throw new InvalidRecordError(`Invalid record size: ${this.bodySize} bytes are not there`)
    }
    this.#body(bodyEnd)
    if (this.#position !== bodyEnd) {
      throw new InvalidRecordError('Invalid record size: its parts do not fill the record')
    }
  }

  /**
   * Moves to the next record by its parts, independently of its length field, as Kafka does when it
   * skips keys and values (`DefaultRecord.readPartiallyFrom`).
   *
   * @throws InvalidRecordError as {@link next} does
   */
  nextByParts(): void {
    this.#begin()
    try {
      this.#body(this.#end)
      if (this.#position > this.#end) throw new InvalidRecordError('Records end within one')
    } catch (error) {
      this.#isPastEnd = this.#position > this.#end
      throw error
    }
  }

  /** Reads the length field of a record. Returns the end of the record. */
  #begin(): number {
    if (this.isAtEnd) {
      this.#isPastEnd = true
      throw new InvalidRecordError('Incorrect declared batch size, premature EOF reached')
    }
    this.#isPastEnd = false
    this.isSizeBroken = true
    const bodySize = this.#varint()
    this.isSizeBroken = false
    // Bytes after the end do not belong to these records and must not be read as a size.
    if (this.#position > this.#end) {
      this.#isPastEnd = true
      throw new InvalidRecordError('Records end within the size of one')
    }
    if (bodySize < 0 || bodySize > this.maxBodySize) {
      throw new InvalidRecordError(`Invalid record size: ${bodySize}`)
    }
    this.bodySize = bodySize
    this.bodyStart = this.#position
    return this.#position + this.bodySize
  }

  #body(bodyEnd: number): void {
    // The attributes of a record are not used.
    this.#position++
    this.timestampDelta = this.#varlong()
    this.offsetDelta = this.#varint()
    this.keySize = this.#field(bodyEnd)
    this.keyStart = this.#position - Math.max(this.keySize, 0)
    this.valueSize = this.#field(bodyEnd)
    this.valueStart = this.#position - Math.max(this.valueSize, 0)
    const headerCount = this.#varint()
    if (headerCount < 0) {
      throw new InvalidRecordError(`Found invalid number of record headers ${headerCount}`)
    }
    this.headerCount = headerCount
    this.headersStart = this.#position
    for (let header = 0; header < headerCount; header++) {
      if (this.#field(bodyEnd) < 0) throw new InvalidRecordError('Invalid negative header key size')
      this.#field(bodyEnd)
    }
  }

  /** Skips a size and as many bytes. Returns the size, -1 for null. */
  #field(end: number): number {
    const size = this.#varint()
    const position = this.#position + Math.max(size, 0)
    if (position > end) {
      this.#position = position
      throw new InvalidRecordError('Found invalid record structure')
    }
    this.#position = position
    return size < 0 ? -1 : size
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

  /** Reads a varint of up to five bytes. Most records need at most two. */
  #longVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#position++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new InvalidRecordError('Varint is too long')
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

  /** Reads a varlong of up to ten bytes. */
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
    throw new InvalidRecordError('Varlong is too long')
  }
}
