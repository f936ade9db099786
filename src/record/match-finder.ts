import { int32LittleEndianAt as wordAt } from './little-endian.ts'

/**
 * Receives the parts of a block in order. `literals` is called before each `match` and at the end,
 * also without bytes.
 */
export interface BlockParts {
  /** The bytes from `start` to `end` - 1, uncompressed. */
  literals(start: number, end: number): void
  /**
   * `length` bytes that also occur `distance` bytes before: 4 or more, at most 65,535 bytes back.
   */
  match(distance: number, length: number): void
}

const HASH_BITS = 14
const MIN_MATCH = 4
const MAX_DISTANCE = 0xffff

/**
 * In LZ4, no match starts in the last 12 bytes of a block or covers its last 5. Snappy allows both.
 */
const LAST_MATCH_START = 12
const LAST_LITERALS = 5

/** The search takes longer steps after each 2^5 positions without a match. */
const SKIP_SHIFT = 5

const lastSeen = new Int32Array(1 << HASH_BITS)

/**
 * Finds the matches that Snappy and LZ4 encode. The search is greedy: it compares each position
 * with the last one that had the same hash of four bytes.
 */
export function findMatches(
  bytes: Uint8Array,
  start: number,
  end: number,
  parts: BlockParts,
): void {
  lastSeen.fill(-1)
  const lastStart = end - LAST_MATCH_START
  const lastEnd = end - LAST_LITERALS
  let literalsStart = start
  let misses = 0
  for (let position = start; position <= lastStart;) {
    const word = wordAt(bytes, position)
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
    const candidate = lastSeen[slot]!
    lastSeen[slot] = position
    const isMatch =
      candidate >= 0 && position - candidate <= MAX_DISTANCE && wordAt(bytes, candidate) === word
    if (!isMatch) {
      position += 1 + (misses++ >> SKIP_SHIFT)
      continue
    }
    misses = 0
    let length = MIN_MATCH
    while (position + length < lastEnd && bytes[candidate + length] === bytes[position + length])
      length++
    parts.literals(literalsStart, position)
    parts.match(position - candidate, length)
    position += length
    literalsStart = position
  }
  parts.literals(literalsStart, end)
}
