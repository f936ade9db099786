/** Returns the four bytes at `position` as an unsigned integer, little-endian. */
export function uint32LittleEndianAt(bytes: Uint8Array, position: number): number {
  return int32LittleEndianAt(bytes, position) >>> 0
}

/** Returns the four bytes at `position` as a signed integer, little-endian, for hashes. */
export function int32LittleEndianAt(bytes: Uint8Array, position: number): number {
  return (
    bytes[position]! |
    (bytes[position + 1]! << 8) |
    (bytes[position + 2]! << 16) |
    (bytes[position + 3]! << 24)
  )
}
