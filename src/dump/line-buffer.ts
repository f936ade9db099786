import { isUtf8 } from 'node:buffer'

const FIRST_CAPACITY_BYTES = 128 * 1024
/** Up to this length, bytes are copied one by one, because a call costs more. */
const SHORT = 48
const DIGIT_0 = 0x30
const BILLION = 1e9

/**
 * Collects the lines of a dump as bytes. Most of a line is numbers and short words. Writing their
 * characters one by one takes a fraction of the time of joining and encoding strings.
 */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY_BYTES)
  #length = 0

  /** The length in bytes. */
  get length(): number {
    return this.#length
  }

  /** Returns the written bytes. They are valid until the next write. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length)
    this.#length = 0
    return taken
  }

  /** Writes a short text of ASCII characters. */
  ascii(text: string): void {
    const { length } = text
    this.#reserve(length)
    const bytes = this.#bytes
    let at = this.#length
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i)
    this.#length = at
  }

  text(text: string): void {
    this.#reserve(text.length * 3)
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** Writes an integer. */
  number(value: number): void {
    if (!Number.isSafeInteger(value)) return this.ascii(String(value))
    this.#reserve(24)
    if (value < 0) this.#bytes[this.#length++] = 0x2d
    const magnitude = Math.abs(value)
    if (magnitude < BILLION) {
      this.#digits(magnitude, digitCount(magnitude))
      return
    }
    const high = Math.floor(magnitude / BILLION)
    this.#digits(high, digitCount(high))
    this.#digits(magnitude - high * BILLION, 9)
  }

  flag(value: boolean): void {
    this.ascii(value ? 'true' : 'false')
  }

  /** Writes an ASCII label, followed by an integer or a boolean. */
  field(label: string, value: number | boolean): void {
    this.ascii(label)
    if (typeof value === 'number') this.number(value)
    else this.flag(value)
  }

  /** Writes bytes unchanged. */
  raw(source: Uint8Array): void {
    const { length } = source
    this.#reserve(length)
    if (length > SHORT) {
      this.#bytes.set(source, this.#length)
      this.#length += length
      return
    }
    const bytes = this.#bytes
    let at = this.#length
    for (let i = 0; i < length; i++) bytes[at++] = source[i]!
    this.#length = at
  }

  /** Writes bytes unchanged if they are UTF-8. Otherwise it writes nothing and returns false. */
  utf8(source: Uint8Array): boolean {
    if (!isUtf8(source)) return false
    this.raw(source)
    return true
  }

  /**
   * Writes bytes unchanged if they need no escapes in a JSON string. Otherwise it writes nothing
   * and returns false.
   */
  plainJson(source: Uint8Array): boolean {
    const { length } = source
    for (let i = 0; i < length; i++) {
      const byte = source[i]!
      if (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c) return false
    }
    this.raw(source)
    return true
  }

  /** @param value below 2^31, so that the division is an integer division */
  #digits(value: number, count: number): void {
    const bytes = this.#bytes
    const start = this.#length
    let rest = value | 0
    for (let at = start + count - 1; at >= start; at--) {
      const tenth = (rest / 10) | 0
      bytes[at] = DIGIT_0 + rest - tenth * 10
      rest = tenth
    }
    this.#length = start + count
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

function digitCount(value: number): number {
  let count = 1
  for (let limit = 10; limit <= value; limit *= 10) count++
  return count
}
