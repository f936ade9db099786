/** An unsigned integer of four bytes, the lowest first. */
export function uint32LittleEndianAt(bytes: Uint8Array, position: number): number {
  return (
    (bytes[position]! |
      (bytes[position + 1]! << 8) |
      (bytes[position + 2]! << 16) |
      (bytes[position + 3]! << 24)) >>>
    0
  )
}
