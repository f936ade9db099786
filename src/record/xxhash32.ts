import { int32LittleEndianAt as wordAt } from './little-endian.ts'

const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d
const PRIME_4 = 0x27d4eb2f
const PRIME_5 = 0x165667b1

/** Longer inputs are hashed in stripes of this size, in four lanes. */
const STRIPE_BYTES = 16

/**
 * Returns the xxHash32 with seed 0, unsigned: the checksum of an LZ4 frame's header, blocks and
 * content.
 */
export function xxHash32(bytes: Uint8Array, start: number, end: number): number {
  const stripesEnd = start + (end - start - ((end - start) % STRIPE_BYTES))
  let position = stripesEnd
  let hash = (stripesEnd > start ? hashStripes(bytes, start, stripesEnd) : PRIME_5) + (end - start)
  for (; position + 4 <= end; position += 4) {
    hash = Math.imul(rotate(hash + Math.imul(wordAt(bytes, position), PRIME_3), 17), PRIME_4)
  }
  for (; position < end; position++) {
    hash = Math.imul(rotate(hash + Math.imul(bytes[position]!, PRIME_5), 11), PRIME_1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
  return (hash ^ (hash >>> 16)) >>> 0
}

function hashStripes(bytes: Uint8Array, start: number, end: number): number {
  let first = (PRIME_1 + PRIME_2) | 0
  let second = PRIME_2 | 0
  let third = 0
  let fourth = -PRIME_1 | 0
  for (let position = start; position < end; position += STRIPE_BYTES) {
    first = round(first, wordAt(bytes, position))
    second = round(second, wordAt(bytes, position + 4))
    third = round(third, wordAt(bytes, position + 8))
    fourth = round(fourth, wordAt(bytes, position + 12))
  }
  return rotate(first, 1) + rotate(second, 7) + rotate(third, 12) + rotate(fourth, 18)
}

function round(sum: number, word: number): number {
  return Math.imul(rotate(sum + Math.imul(word, PRIME_2), 13), PRIME_1)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
