import { int32LittleEndianAt as wordAt } from '../../record/little-endian.ts'

/**
 * Computes the 128-bit MurmurHash3 for 32-bit machines of `bytes` from `start` to `end`, as four
 * words of `hash` from `at`. Every step is reversible, so keys of the same size up to 16 bytes
 * never share a hash; longer ones do with a probability of 2^-128 per pair.
 */
export function murmur3(
  bytes: Uint8Array,
  start: number,
  end: number,
  seed: number,
  hash: Int32Array,
  at: number,
): void {
  let h1 = seed
  let h2 = seed
  let h3 = seed
  let h4 = seed
  let from = start
  for (; from + 16 <= end; from += 16) {
    h1 ^= scramble(wordAt(bytes, from), C1, 15, C2)
    h1 = Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b
    h2 ^= scramble(wordAt(bytes, from + 4), C2, 16, C3)
    h2 = Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747
    h3 ^= scramble(wordAt(bytes, from + 8), C3, 17, C4)
    h3 = Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35
    h4 ^= scramble(wordAt(bytes, from + 12), C4, 18, C1)
    h4 = Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17
  }
  const rest = end - from
  if (rest > 12) h4 ^= scramble(tailAt(bytes, from + 12, end), C4, 18, C1)
  if (rest > 8) h3 ^= scramble(tailAt(bytes, from + 8, end), C3, 17, C4)
  if (rest > 4) h2 ^= scramble(tailAt(bytes, from + 4, end), C2, 16, C3)
  if (rest > 0) h1 ^= scramble(tailAt(bytes, from, end), C1, 15, C2)
  const size = end - start
  h1 = (h1 ^ size) | 0
  h2 = (h2 ^ size) | 0
  h3 = (h3 ^ size) | 0
  h4 = (h4 ^ size) | 0
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = avalanche(h2 + h1)
  h3 = avalanche(h3 + h1)
  h4 = avalanche(h4 + h1)
  h1 = (avalanche(h1) + h2 + h3 + h4) | 0
  hash[at] = h1
  hash[at + 1] = h2 + h1
  hash[at + 2] = h3 + h1
  hash[at + 3] = h4 + h1
}

const C1 = 0x239b961b
const C2 = 0xab0e9789 | 0
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93 | 0

function scramble(word: number, before: number, bits: number, after: number): number {
  return Math.imul(rotate(Math.imul(word, before), bits), after)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function avalanche(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** Returns a word of the bytes before `end`. */
function tailAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return wordAt(bytes, at)
  let word = bytes[at]!
  if (at + 1 < end) word |= bytes[at + 1]! << 8
  if (at + 2 < end) word |= bytes[at + 2]! << 16
  return word
}
