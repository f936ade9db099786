import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { compressSync } from 'snappy'
import { describe, expect, test } from 'vitest'
import { compressionTypes } from '../../src/record/compression-type.ts'
import { compress, decompress } from '../../src/record/compression.ts'
import { DecodeBuffer } from '../../src/record/decode-buffer.ts'
import { CorruptRecordError, RecordTooLargeError } from '../../src/record/corrupt-record-error.ts'
import { decodeZstdPortably, storeZstd } from '../../src/record/zstd-frame.ts'
import { scaled } from '../support/scale.ts'

const codecs = compressionTypes.filter((type) => type !== 'none')
const text = Buffer.from('all work and no play makes a dull log. '.repeat(5000))

/** Positions of the flags of an LZ4 frame and of the checksum of its header. */
const LZ4_FLAGS = 4
const LZ4_HEADER_CHECKSUM = 6

describe.each(codecs)('%s', (type) => {
  test.each([0, 1, 100, 32_768, 65_536, 65_537, 195_000])('keeps %i bytes', (size) => {
    const bytes = text.subarray(0, size)
    const compressed = compress(type, bytes)
    expect(bytes.equals(decompress(type, compressed))).toBe(true)
  })

  test('keeps incompressible bytes', () => {
    const run = fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(Buffer.from(decompress(type, compress(type, bytes))).equals(bytes)).toBe(true)
    })
    fc.assert(run)
  })

  test('stops at the limit of the reader', () => {
    const compressed = compress(type, text)
    expect(decompress(type, compressed, text.length)).toHaveLength(text.length)
    expect(() => decompress(type, compressed, text.length - 1)).toThrow(RecordTooLargeError)
  })

  test('reports random bytes as corrupt', () => {
    for (const garbage of [
      '',
      'garbage!',
      'garbage! and more of it, to be longer than any header',
    ]) {
      if (garbage === '' && type === 'zstd') continue
      expect(() => decompress(type, Buffer.from(garbage))).toThrow(CorruptRecordError)
    }
  })

  test('never returns more than the limit, and throws only its own error for mutated bytes', () => {
    mutate(compress(type, text.subarray(0, 5000)), (bytes) => decompress(type, bytes, 10_000))
  })
})

describe('gzip', () => {
  test('of a bomb stops at the limit', () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    expect(() => decompress('gzip', bomb, 1000)).toThrow(RecordTooLargeError)
  })
})

describe('snappy', () => {
  test('is read as one block without framing, as other clients send it', () => {
    expect(text.equals(decompress('snappy', compressSync(text)))).toBe(true)
    expect(() => decompress('snappy', compressSync(text), 100)).toThrow(RecordTooLargeError)
  })

  test('is read from concatenated streams', () => {
    const parts = [compress('snappy', text), compress('snappy', text)]
    const both = decompress('snappy', Buffer.concat(parts))
    expect(Buffer.concat([text, text]).equals(both)).toBe(true)
  })

  test('is written in blocks of 32 KB after the header of xerial', () => {
    const compressed = Buffer.from(compress('snappy', text.subarray(0, 70_000)))
    expect(compressed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    let blocks = 0
    for (let at = 16; at < compressed.length; at += 4 + compressed.readInt32BE(at)) blocks++
    expect(blocks).toBe(3)
  })

  test('does not allocate the size that a block of a few bytes declares', () => {
    const claim = Buffer.from('ffffffff0f0000', 'hex')
    expect(() => decompress('snappy', claim)).toThrow('cannot hold')
  })
})

describe('lz4', () => {
  test('is a frame of independent blocks', () => {
    expect(compress('lz4', text)[LZ4_FLAGS]! & 0x20).toBe(0x20)
  })

  test('is refused with dependent blocks', () => {
    const frame = Uint8Array.from(compress('lz4', text))
    frame[LZ4_FLAGS]! &= ~0x20
    expect(() => decompress('lz4', frame)).toThrow('dependent blocks')
  })

  test('is read with a wrong header checksum in magic 0 only', () => {
    const frame = Uint8Array.from(compress('lz4', text))
    frame[LZ4_HEADER_CHECKSUM]! ^= 0xff
    expect(() => decompress('lz4', frame)).toThrow('descriptor corrupted')
    expect(text.equals(decompress('lz4', frame, text.length, 0))).toBe(true)
  })

  test('does not read bytes after its frame', () => {
    const frame = Buffer.concat([compress('lz4', text), Buffer.from('trailing')])
    expect(text.equals(decompress('lz4', frame))).toBe(true)
  })
})

describe('zstd without the native decoder', () => {
  test.each([0, 1, 1000, 131_072, 131_073, 195_000])('stores and reads %i bytes', (size) => {
    const bytes = text.subarray(0, size)
    const stored = storeZstd(bytes)
    expect(bytes.equals(decompressZstdPortably(stored, size))).toBe(true)
    expect(bytes.equals(decompress('zstd', stored))).toBe(true)
  })

  test('stops at the limit of the reader', () => {
    expect(() => decompressZstdPortably(storeZstd(text), text.length - 1)).toThrow(
      RecordTooLargeError,
    )
  })

  test('refuses a frame of run-length blocks that would fill the memory', () => {
    const block = Uint8Array.of(0x02, 0x00, 0x10, 0x78)
    const bomb = Buffer.concat([
      Buffer.from('28b52ffd0058', 'hex'),
      ...Array.from({ length: 10_000 }, () => block),
      Uint8Array.of(0x01, 0, 0),
    ])
    expect(() => decompressZstdPortably(bomb, 1_000_000)).toThrow(RecordTooLargeError)
  })

  test('refuses a window above the limit', () => {
    const frame = Buffer.from('28b52ffd00ff010000', 'hex')
    expect(() => decompressZstdPortably(frame, 1000)).toThrow('window')
  })

  test('never returns more than the limit, and throws only its own error for mutated bytes', () => {
    mutate(GOLDEN_ZSTD, (bytes) => decompressZstdPortably(bytes, 10_000))
    mutate(storeZstd(text.subarray(0, 300)), (bytes) => decompressZstdPortably(bytes, 10_000))
  })
})

/** Three records that `zstd-jni` compressed: one block with literals and sequences. */
const GOLDEN_ZSTD = Buffer.from(
  '28b52ffd00587401001402240000000a6b65792d310e76616c75652d3100' +
    '2400020232320024000a04333300040020056805dc6dc26c02010000',
  'hex',
)

function decompressZstdPortably(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const output = new DecodeBuffer()
  output.reset(maxBytes)
  decodeZstdPortably(bytes, output)
  return output.content
}

function mutate(bytes: Uint8Array, read: (bytes: Uint8Array) => Uint8Array): void {
  const change = fc.record({ at: fc.nat({ max: bytes.length - 1 }), to: fc.nat({ max: 255 }) })
  const changes = fc.array(change, { minLength: 1, maxLength: 6 })
  const property = fc.property(changes, fc.nat({ max: bytes.length }), (all, cut) => {
    const mutated = Uint8Array.from(bytes.subarray(0, bytes.length - (cut % 7 === 0 ? cut : 0)))
    for (const { at, to } of all) if (at < mutated.length) mutated[at] = to
    try {
      expect(read(mutated).length).toBeLessThanOrEqual(10_000)
    } catch (error) {
      expect(error).toBeInstanceOf(CorruptRecordError)
    }
  })
  fc.assert(property, { numRuns: scaled(500) })
}
