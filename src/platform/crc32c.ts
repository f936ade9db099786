import type * as Crc32 from '@node-rs/crc32'
import { lazyPackage } from './lazy-package.ts'

const native = lazyPackage<typeof Crc32>('@node-rs/crc32')

/** Below this many bytes the table is faster than a call out of JavaScript. */
const NATIVE_FROM_BYTES = 320

/** The table does the first bytes, however many at once: loading the native code takes as long as the table for 16 MB. */
const TABLE_FIRST_BYTES = 64 * 1024
let tableBytes = 0

const POLYNOMIAL = 0x82f63b78
const table = slicingTable()

/**
 * CRC-32C (Castagnoli), the checksum of record batches, over `bytes` from `start` up to, not including, `end`.
 * Unsigned. Nothing is copied.
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const size = end - start
  if (size < NATIVE_FROM_BYTES) return tableCrc32c(bytes, start, end)
  if (tableBytes + size < TABLE_FIRST_BYTES) {
    tableBytes += size
    return tableCrc32c(bytes, start, end)
  }
  return native().crc32c(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
}

/** Eight bytes per round over eight tables (slicing-by-8). */
function tableCrc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  let position = start
  for (const last = end - 7; position < last; position += 8) {
    crc ^=
      bytes[position]! |
      (bytes[position + 1]! << 8) |
      (bytes[position + 2]! << 16) |
      (bytes[position + 3]! << 24)
    crc =
      table[1792 + (crc & 0xff)]! ^
      table[1536 + ((crc >>> 8) & 0xff)]! ^
      table[1280 + ((crc >>> 16) & 0xff)]! ^
      table[1024 + (crc >>> 24)]! ^
      table[768 + bytes[position + 4]!]! ^
      table[512 + bytes[position + 5]!]! ^
      table[256 + bytes[position + 6]!]! ^
      table[bytes[position + 7]!]!
  }
  for (; position < end; position++) {
    crc = (crc >>> 8) ^ table[(crc ^ bytes[position]!) & 0xff]!
  }
  return ~crc >>> 0
}

/** Entry `256 * n + b` is what byte `b` contributes when `n` more bytes follow it in the round. */
function slicingTable(): Int32Array {
  const entries = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    entries[byte] = crc
  }
  for (let index = 256; index < entries.length; index++) {
    const previous = entries[index - 256]!
    entries[index] = (previous >>> 8) ^ entries[previous & 0xff]!
  }
  return entries
}
