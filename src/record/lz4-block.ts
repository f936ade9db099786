import { copyMatch, copyRun } from './lz77-copy.ts'

/** The shortest match. */
const SHORTEST_MATCH = 4
/** The value of a four-bit length that continues in further bytes. */
const GOES_ON = 15

/**
 * Decodes one compressed LZ4 block, from `start` to `end` of `input`, to `from` and after in
 * `bytes`. Returns the end of its content, or -1 if it is invalid or exceeds `to`.
 */
export function decodeLz4Block(
  input: Uint8Array,
  start: number,
  end: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  let position = start
  let at = from
  while (position < end) {
    const token = input[position++]!
    let length = token >> 4
    if (length === GOES_ON) {
      let more: number
      do {
        if (position >= end) return -1
        more = input[position++]!
        length += more
      } while (more === 255)
    }
    if (length > end - position || length > to - at) return -1
    copyRun(input, position, bytes, at, length)
    position += length
    at += length
    // The last sequence has literals only.
    if (position === end) return at
    if (position + 2 > end) return -1
    const distance = input[position]! | (input[position + 1]! << 8)
    position += 2
    length = token & 15
    if (length === GOES_ON) {
      let more: number
      do {
        if (position >= end) return -1
        more = input[position++]!
        length += more
      } while (more === 255)
    }
    length += SHORTEST_MATCH
    if (distance === 0 || distance > at - from || length > to - at) return -1
    copyMatch(bytes, at, distance, length)
    at += length
  }
  return -1
}
