import * as fc from 'fast-check'
import * as lz4 from 'lz4-napi'
import * as snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { CorruptRecordError } from '../../src/record/corrupt-record-error.ts'
import { DecodeBuffer } from '../../src/record/decode-buffer.ts'
import { decodeLz4 } from '../../src/record/lz4-frame.ts'
import { portableLz4 } from '../../src/record/portable-lz4.ts'
import { portableSnappy } from '../../src/record/portable-snappy.ts'
import { decodeSnappyBlock } from '../../src/record/snappy-block.ts'
import { xxHash32 } from '../../src/record/xxhash32.ts'
import { scaled } from '../support/scale.ts'

/** Up to 65,536 bytes with repetitions. */
const bytes = fc
  .array(
    fc.oneof(
      fc.record({ fresh: fc.uint8Array({ maxLength: 300 }) }),
      fc.record({ distance: fc.integer({ min: 1, max: 70_000 }), length: fc.nat({ max: 9000 }) }),
    ),
    { maxLength: 40 },
  )
  .map((steps) => {
    const content: number[] = []
    for (const step of steps) {
      if ('fresh' in step) content.push(...step.fresh)
      else for (let i = 0; i < step.length; i++) content.push(content.at(-step.distance) ?? 7)
    }
    return Buffer.from(content.slice(0, 65_536))
  })

describe('Snappy in JavaScript', () => {
  test('reads what the native codec writes, and the other way round', () => {
    const property = fc.property(bytes, (content) => {
      const written = Buffer.from(portableSnappy.compressSync(content))
      expect(content.equals(snappy.uncompressSync(written) as Buffer)).toBe(true)
      expect(content.equals(readSnappy(snappy.compressSync(content)))).toBe(true)
    })
    fc.assert(property)
  })

  test('has the same result as the native codec for changed bytes', () => {
    const property = fc.property(bytes, changes, (content, changed) => {
      const block = mutate(snappy.compressSync(content.subarray(0, 2000)), changed, 2)
      const native = outcome(() => snappy.uncompressSync(block) as Buffer)
      expect(outcome(() => readSnappy(block))).toBe(native)
    })
    fc.assert(property, { numRuns: scaled(1000) })
  })

  test('compresses repetitions', () => {
    expect(portableSnappy.compressSync(Buffer.alloc(32_768, 'ab')).length).toBeLessThan(2000)
  })
})

describe('LZ4 in JavaScript', () => {
  test('reads what the native codec writes, and the other way round', () => {
    const options = fc.record({ contentChecksum: fc.boolean(), blockChecksums: fc.boolean() })
    const property = fc.property(bytes, bytes, options, (first, second, checksums) => {
      const content = Buffer.concat([first, second])
      const written = portableLz4.compressFrameSync(content) as Buffer
      expect(content.equals(lz4.decompressFrameSync(written))).toBe(true)
      const frame = lz4.compressFrameSync(content, checksums)
      expect(content.equals(readLz4(frame))).toBe(true)
    })
    fc.assert(property)
  })

  test('throws nothing but its own error for changed blocks', () => {
    const property = fc.property(bytes, changes, (content, changed) => {
      const frame = lz4.compressFrameSync(content.subarray(0, 2000))
      // The sizes of blocks are checked before.
      const start = 11
      const block = mutate(frame.subarray(start, -4), changed, 0)
      const whole = Buffer.concat([frame.subarray(0, start), block, frame.subarray(-4)])
      const native = outcome(() => lz4.decompressFrameSync(whole))
      expect(outcome(() => readLz4(whole))).toBe(native)
    })
    fc.assert(property, { numRuns: scaled(1000) })
  })

  test('compresses repetitions', () => {
    expect(portableLz4.compressFrameSync(Buffer.alloc(65_536, 'ab')).length).toBeLessThan(400)
  })
})

test('xxHash32 is that of the specification', () => {
  const text = Buffer.from('Nobody inspects the spammish repetition')
  expect(xxHash32(text, 0, text.length)).toBe(0xe2293b2f)
  expect(xxHash32(text, 0, 0)).toBe(0x02cc5d05)
})

const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 })

function readSnappy(block: Uint8Array): Uint8Array {
  const output = decodeBuffer()
  decodeSnappyBlock(block, 0, block.length, output)
  return output.content
}

function readLz4(frame: Uint8Array): Uint8Array {
  const output = decodeBuffer()
  decodeLz4(frame, output, false)
  return output.content
}

/** Returns a small buffer, which has to grow. */
function decodeBuffer(): DecodeBuffer {
  const output = new DecodeBuffer(10)
  output.reset(2 ** 30)
  return output
}

/** Returns a copy with some changed bytes from `start` on. */
function mutate(original: Uint8Array, changed: [number, number][], start: number): Buffer {
  const mutated = Buffer.from(original)
  const room = mutated.length - start
  if (room > 0) for (const [at, to] of changed) mutated[start + (at % room)] = to
  return mutated
}

function outcome(read: () => Uint8Array): string {
  try {
    return Buffer.from(read()).toString('base64')
  } catch (error) {
    if (error instanceof CorruptRecordError || !(error instanceof RangeError)) return 'refused'
    throw error
  }
}
