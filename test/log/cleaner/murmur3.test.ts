import { expect, test } from 'vitest'
import { murmur3 } from '../../../src/log/cleaner/murmur3.ts'

function hashOf(bytes: Uint8Array, seed = 0): Buffer {
  const words = new Int32Array(4)
  murmur3(bytes, 0, bytes.length, seed, words, 0)
  const hash = Buffer.alloc(16)
  words.forEach((word, index) => hash.writeInt32LE(word, index * 4))
  return hash
}

test('MurmurHash3 gives the verification value of its reference implementation', () => {
  const keys = Uint8Array.from({ length: 256 }, (_, index) => index)
  const hashes = Array.from(keys, (length) => hashOf(keys.subarray(0, length), 256 - length))
  expect(hashOf(Buffer.concat(hashes)).readUInt32LE(0)).toBe(0xb3ece62a)
})

test('MurmurHash3 hashes the bytes between two positions', () => {
  const bytes = Buffer.from('....a key of more than sixteen bytes....')
  const words = new Int32Array(8)
  murmur3(bytes, 4, bytes.length - 4, 9, words, 4)
  const alone = Buffer.from('a key of more than sixteen bytes')
  expect(Buffer.from(words.buffer)).toEqual(Buffer.concat([Buffer.alloc(16), hashOf(alone, 9)]))
})
