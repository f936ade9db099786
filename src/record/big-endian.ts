/*
 * Integers in Kafka's encoding: big-endian. 64-bit integers are a `number`, saturated at plus and
 * minus 2^53 - 1.
 */

/** Returns a signed 16-bit integer. */
export function int16At(bytes: Uint8Array, position: number): number {
  return (((bytes[position]! << 8) | bytes[position + 1]!) << 16) >> 16
}

/** Returns a signed 32-bit integer. */
export function int32At(bytes: Uint8Array, position: number): number {
  return (
    (bytes[position]! << 24) |
    (bytes[position + 1]! << 16) |
    (bytes[position + 2]! << 8) |
    bytes[position + 3]!
  )
}

/** Returns an unsigned 32-bit integer. */
export function uint32At(bytes: Uint8Array, position: number): number {
  return int32At(bytes, position) >>> 0
}

/** Returns a signed 64-bit integer, saturated. */
export function int64At(bytes: Uint8Array, position: number): number {
  return int64Of(int32At(bytes, position), uint32At(bytes, position + 4))
}

/** Returns a 64-bit integer from its signed upper and its unsigned lower half. */
export function int64Of(high: number, low: number): number {
  if (high >= 0x200000) return Number.MAX_SAFE_INTEGER
  if (high < -0x200000) return Number.MIN_SAFE_INTEGER
  return Math.max(high * 0x100000000 + low, Number.MIN_SAFE_INTEGER)
}

/** Writes the lowest 16 bits. */
export function putInt16(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >> 8
  bytes[position + 1] = value
}

/** Writes the lowest 32 bits. */
export function putInt32(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >> 24
  bytes[position + 1] = value >> 16
  bytes[position + 2] = value >> 8
  bytes[position + 3] = value
}

/** Writes an integer as 64 bits; a `bigint` for values that a `number` cannot hold. */
export function putInt64(bytes: Uint8Array, position: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    putInt32(bytes, position, Number(BigInt.asIntN(32, value >> 32n)))
    putInt32(bytes, position + 4, Number(BigInt.asIntN(32, value)))
    return
  }
  const high = Math.floor(value / 0x100000000)
  putInt32(bytes, position, high)
  putInt32(bytes, position + 4, value - high * 0x100000000)
}
