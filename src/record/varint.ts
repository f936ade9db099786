/** Kafka's zigzag variable-length integers (those of protocol buffers), in records of magic 2. */

/** Returns the size of a 32-bit integer. */
export function varintSize(value: number): number {
  return unsignedVarintSize((value << 1) ^ (value >> 31))
}

/** Returns the size of a 64-bit integer up to ±(2^53 - 1). */
export function varlongSize(value: number): number {
  if (value === value >> 0) return varintSize(value)
  let magnitude = value < 0 ? -value - 1 : value
  let size = 1
  for (magnitude = Math.floor(magnitude / 64); magnitude > 0; size++) {
    magnitude = Math.floor(magnitude / 128)
  }
  return size
}

/** Writes a 32-bit integer. Returns the position after it. */
export function putVarint(bytes: Uint8Array, position: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[position++] = rest
  return position
}

/** Writes a 64-bit integer up to ±(2^53 - 1). Returns the position after it. */
export function putVarlong(bytes: Uint8Array, position: number, value: number): number {
  if (value === value >> 0) return putVarint(bytes, position, value)
  const sign = value < 0 ? 1 : 0
  const magnitude = value < 0 ? -value - 1 : value
  bytes[position++] = ((magnitude % 64) << 1) | sign | 0x80
  let rest = Math.floor(magnitude / 64)
  while (rest > 0x7f) {
    bytes[position++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  bytes[position++] = rest
  return position
}

function unsignedVarintSize(value: number): number {
  const unsigned = value >>> 0
  if (unsigned < 0x80) return 1
  if (unsigned < 0x4000) return 2
  if (unsigned < 0x200000) return 3
  return unsigned < 0x10000000 ? 4 : 5
}
