/** The result of {@link walkPlainRecords}. */
export interface PlainRecords {
  smallestTimestampDelta: number
  largestTimestampDelta: number
  hasNullKey: boolean
}

/** The maximum size field of a record that {@link walkPlainRecords} accepts. */
export const MAX_PLAIN_RECORD_BYTES = 0x1fff

/**
 * Reads records of magic 2 in their most common form: without headers, no part above 8 KB, no
 * timestamp above 8 seconds from the base, and offset deltas 0, 1, 2 and so on. It takes half the
 * time of `RecordCursor`, which must be used if this returns `false`: it reads all other records,
 * and finds errors. Varints have at most two bytes, and are read in four places without a function,
 * which would have to return two numbers.
 *
 * @param end the end of the last record
 */
export function walkPlainRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  recordCount: number,
  found: PlainRecords,
): boolean {
  let smallest = Infinity
  let largest = -Infinity
  let hasNullKey = false
  let at = start
  for (let index = 0; index < recordCount; index++) {
    let value = bytes[at++]!
    if (value >= 0x80) value = (value & 0x7f) | (bytes[at++]! << 7)
    const bodyEnd = at + (value >>> 1)
    // An odd value is a negative number, and a value from 2^14 on has a third byte.
    if ((value & 1) !== 0 || value >= 0x4000 || bodyEnd > end) return false
    // The attributes of a record are not used.
    at++
    value = bytes[at++]!
    if (value >= 0x80) value = (value & 0x7f) | (bytes[at++]! << 7)
    if (value >= 0x4000) return false
    const timestampDelta = (value >>> 1) ^ -(value & 1)
    if (timestampDelta < smallest) smallest = timestampDelta
    if (timestampDelta > largest) largest = timestampDelta
    const offsetBytes = index < 64 ? 1 : index < 8192 ? 2 : 3
    if (!isOffsetDelta(bytes, at, offsetBytes, index)) return false
    at += offsetBytes
    value = bytes[at++]!
    if (value === NULL_SIZE) hasNullKey = true
    else {
      if (value >= 0x80) value = (value & 0x7f) | (bytes[at++]! << 7)
      if ((value & 1) !== 0 || value >= 0x4000) return false
      at += value >>> 1
    }
    value = bytes[at++]!
    if (value !== NULL_SIZE) {
      if (value >= 0x80) value = (value & 0x7f) | (bytes[at++]! << 7)
      if ((value & 1) !== 0 || value >= 0x4000) return false
      at += value >>> 1
    }
    if (bytes[at++] !== 0 || at !== bodyEnd) return false
  }
  if (at !== end) return false
  found.smallestTimestampDelta = smallest
  found.largestTimestampDelta = largest
  found.hasNullKey = hasNullKey
  return true
}

/** The varint of -1. */
const NULL_SIZE = 1

/** Whether the varint of `delta`, in its shortest form of `size` bytes, is at the position. */
function isOffsetDelta(bytes: Uint8Array, at: number, size: number, delta: number): boolean {
  const value = delta * 2
  if (size === 1) return bytes[at] === value
  if (size === 2) return bytes[at] === ((value & 0x7f) | 0x80) && bytes[at + 1] === value >>> 7
  return (
    bytes[at] === ((value & 0x7f) | 0x80) &&
    bytes[at + 1] === (((value >>> 7) & 0x7f) | 0x80) &&
    bytes[at + 2] === value >>> 14
  )
}
