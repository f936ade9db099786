import type * as Crc32 from '@node-rs/crc32'
import { lazyPackage } from './lazy-package.ts'

const native = lazyPackage<Pick<typeof Crc32, 'crc32c'>>('@node-rs/crc32', {
  crc32c: (bytes) => tableCrc32c(bytes as Uint8Array, 0, bytes.length),
})

/** Below this size the table is faster than a native call. */
const NATIVE_FROM_BYTES = 320

/**
 * The first bytes always use the table: loading the native code takes as long as the table for 16
 * MB.
 */
const TABLE_FIRST_BYTES = 64 * 1024
let tableBytes = 0

const POLYNOMIAL = 0x82f63b78
const table = slicingTable()

/**
 * Returns the CRC-32C (Castagnoli) of `bytes` from `start` to `end` - 1, the checksum of record
 * batches. Unsigned. Copies nothing.
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

/**
 * Processes sixteen bytes per round with sixteen tables (slicing-by-16), then four, then one. Terms
 * that do not depend on the sum so far come first, so that the processor does not wait for it.
 */
function tableCrc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  let position = start
  for (const last = end - 15; position < last; position += 16) {
    const rest =
      table[2816 + bytes[position + 4]!]! ^
      table[2560 + bytes[position + 5]!]! ^
      table[2304 + bytes[position + 6]!]! ^
      table[2048 + bytes[position + 7]!]! ^
      table[1792 + bytes[position + 8]!]! ^
      table[1536 + bytes[position + 9]!]! ^
      table[1280 + bytes[position + 10]!]! ^
      table[1024 + bytes[position + 11]!]! ^
      table[768 + bytes[position + 12]!]! ^
      table[512 + bytes[position + 13]!]! ^
      table[256 + bytes[position + 14]!]! ^
      table[bytes[position + 15]!]!
    crc =
      rest ^
      table[3840 + ((crc ^ bytes[position]!) & 0xff)]! ^
      table[3584 + (((crc >>> 8) ^ bytes[position + 1]!) & 0xff)]! ^
      table[3328 + (((crc >>> 16) ^ bytes[position + 2]!) & 0xff)]! ^
      table[3072 + ((crc >>> 24) ^ bytes[position + 3]!)]!
  }
  for (const last = end - 3; position < last; position += 4) {
    crc =
      table[768 + ((crc ^ bytes[position]!) & 0xff)]! ^
      table[512 + (((crc >>> 8) ^ bytes[position + 1]!) & 0xff)]! ^
      table[256 + (((crc >>> 16) ^ bytes[position + 2]!) & 0xff)]! ^
      table[(crc >>> 24) ^ bytes[position + 3]!]!
  }
  for (; position < end; position++) {
    crc = (crc >>> 8) ^ table[(crc ^ bytes[position]!) & 0xff]!
  }
  return ~crc >>> 0
}

/** Entry `256 * n + b` is the contribution of byte `b` if `n` more bytes follow it in the round. */
function slicingTable(): Int32Array {
  const entries = new Int32Array(16 * 256)
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
