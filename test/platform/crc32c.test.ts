import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../src/platform/crc32c.ts'

describe('CRC-32C', () => {
  test('of the nine digits is the check value of the algorithm', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(0))).toBe(0)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  })

  test('is the same bit by bit, by table and by the native module, at any place in a buffer', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1000 }),
        fc.nat({ max: 1000 }),
        fc.nat({ max: 1000 }),
        (bytes, a, b) => {
          const start = Math.min(a, b, bytes.length)
          const end = Math.min(Math.max(a, b), bytes.length)
          expect(crc32c(bytes, start, end)).toBe(bitwise(bytes.subarray(start, end)))
        },
      ),
    )
  })
})

function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}
