import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBatch, type RecordInput } from '../../src/record/batch-encoder.ts'
import { batchesOf, BatchView } from '../../src/record/batch-view.ts'
import { compressionId, compressionTypes } from '../../src/record/compression-type.ts'
import { compress } from '../../src/record/compression.ts'
import { CorruptRecordError } from '../../src/record/corrupt-record-error.ts'
import { recordsOf } from '../../src/record/records.ts'
import { putVarint, putVarlong, varintSize, varlongSize } from '../../src/record/varint.ts'
import { encodeLegacyMessage } from './legacy-message.ts'
import { scaled } from '../support/scale.ts'

const field = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null })
const record = fc.record({
  timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 43 })),
  key: field,
  value: field,
  headers: fc.array(
    fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 20 }), value: field }),
    {
      maxLength: 4,
    },
  ),
})
const records = fc.array(record, { minLength: 1, maxLength: 30 })
const codec = fc.constantFrom(...compressionTypes)

/**
 * The limit for reading 4 KB of changed bytes: enough for each of these batches, little compared
 * with a decompression bomb.
 */
const MOST_BYTES = 1_000_000

describe('records', () => {
  test('are the same after a batch was encoded and decoded, with every codec', () => {
    const property = fc.property(
      records,
      codec,
      fc.nat(2 ** 40),
      (inputs, compression, baseOffset) => {
        const batch = new BatchView(encodeBatch(inputs, { compression, baseOffset }))
        expect(batch.isChecksumValid).toBe(true)
        expect(batch.recordCount).toBe(inputs.length)
        expect(batch.maxTimestamp).toBe(Math.max(...inputs.map(({ timestamp }) => timestamp)))
        expect([...recordsOf(batch)].map(plain)).toEqual(
          inputs.map((input, index) => plain({ ...input, offset: baseOffset + index })),
        )
      },
    )
    fc.assert(property, { numRuns: scaled(200) })
  })

  test('of a mutated batch are read, or are corrupt, and nothing else happens', () => {
    const change = fc.record({ at: fc.nat(4000), to: fc.nat(255) })
    const changes = fc.array(change, { minLength: 1, maxLength: 5 })
    const property = fc.property(records, codec, changes, (inputs, compression, all) => {
      const bytes = Uint8Array.from(encodeBatch(inputs, { compression }))
      for (const { at, to } of all) bytes[at % bytes.length] = to
      readAll(bytes)
    })
    fc.assert(property, { numRuns: scaled(1000) })
  })

  test('of random bytes are corrupt or not there, and nothing else happens', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(2), (bytes, magic) => {
      if (bytes.length > 16) {
        bytes.set([0, 0, 0, bytes.length - 12], 8)
        bytes[16] = magic
      }
      readAll(bytes)
    })
    fc.assert(property, { numRuns: scaled(1000) })
  })

  test('of an incomplete batch are corrupt', () => {
    const bytes = encodeBatch([{ value: Buffer.from('v') }])
    for (let end = 0; end < bytes.length; end++) {
      const torn = new BatchView(bytes.subarray(0, end))
      expect(() => [...recordsOf(torn)]).toThrow(CorruptRecordError)
    }
  })

  test.each([
    ['more records than it holds', 3, 'premature EOF'],
    ['fewer records than it holds', 1, 'records still remaining'],
    ['a negative number of records', -1, 'invalid record count -1'],
  ])('of a batch that declares %s are corrupt', (_, count, message) => {
    const bytes = Buffer.from(encodeBatch([{ value: null }, { value: null }]))
    bytes.writeInt32BE(count, 57)
    expect(() => [...recordsOf(new BatchView(bytes))]).toThrow(message)
  })

  test('are not decompressed before the first is read', () => {
    const bytes = Buffer.from(encodeBatch([{ value: null }], { compression: 'gzip' })).fill(0, 61)
    const reader = recordsOf(new BatchView(bytes))
    expect(() => reader.next()).toThrow('Not in GZIP format')
  })
})

describe('records of magic 0 and 1', () => {
  test.each(['gzip', 'snappy', 'lz4'] as const)(
    'are numbered from the last one back in a wrapper of magic 1, %s',
    (type) => {
      const inner = [0, 1, 3].map((offset) => message(1, offset))
      const wrapper = encodeLegacyMessage({
        magic: 1,
        offset: 103,
        attributes: compressionId(type),
        timestamp: 9,
        key: null,
        value: compress(type, Buffer.concat(inner)),
      })
      const read = [...recordsOf(new BatchView(wrapper))]
      expect(read.map(({ offset }) => offset)).toEqual([100, 101, 103])
      expect(read.map(({ timestamp }) => timestamp)).toEqual([1000, 1001, 1003])
      expect(read.map(({ value }) => Buffer.from(value!).toString())).toEqual(['v0', 'v1', 'v3'])
    },
  )

  test('have the time of the append if the wrapper has LogAppendTime', () => {
    const wrapper = encodeLegacyMessage({
      magic: 1,
      offset: 1,
      attributes: 0x08 | compressionId('gzip'),
      timestamp: 77,
      key: null,
      value: compress('gzip', Buffer.concat([message(1, 0), message(1, 1)])),
    })
    expect([...recordsOf(new BatchView(wrapper))].map(({ timestamp }) => timestamp)).toEqual([
      77, 77,
    ])
  })

  test('are corrupt if a wrapper is empty, or contains another wrapper', () => {
    expect(read(wrap(null))).toThrow('null value (magic = 1)')
    expect(read(wrap(compress('gzip', new Uint8Array(0))))).toThrow('no inner records')
    expect(read(wrap(compress('gzip', wrap(compress('gzip', message(1, 0))))))).toThrow(
      'is compressed or has another magic',
    )
  })

  test('of a mutated message are read, or are corrupt, and nothing else happens', () => {
    const inner = Buffer.concat([message(0, 5), message(0, 6)])
    const value = compress('lz4', inner)
    const wrapper = encodeLegacyMessage({ magic: 0, offset: 6, attributes: 3, key: null, value })
    const change = fc.record({ at: fc.nat(wrapper.length - 1), to: fc.nat(255) })
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (all) => {
      const bytes = Uint8Array.from(wrapper)
      for (const { at, to } of all) bytes[at] = to
      readAll(bytes)
    })
    fc.assert(property, { numRuns: scaled(500) })
  })
})

describe('variable-length integers', () => {
  test('have the computed size', () => {
    const bytes = new Uint8Array(10)
    fc.assert(
      fc.property(fc.integer(), fc.maxSafeInteger(), (int, long) => {
        expect(putVarint(bytes, 0, int)).toBe(varintSize(int))
        expect(putVarlong(bytes, 0, long)).toBe(varlongSize(long))
      }),
    )
  })
})

function wrap(value: Uint8Array | null): Uint8Array {
  return encodeLegacyMessage({ magic: 1, offset: 1, attributes: 1, key: null, value })
}

function read(bytes: Uint8Array): () => unknown {
  return () => [...recordsOf(new BatchView(bytes))]
}

function message(magic: 0 | 1, offset: number): Uint8Array {
  const value = Buffer.from(`v${offset}`)
  return encodeLegacyMessage({ magic, offset, timestamp: 1000 + offset, key: null, value })
}

function readAll(bytes: Uint8Array): void {
  try {
    for (const batch of batchesOf(bytes)) {
      let size = 0
      for (const { key, value } of recordsOf(batch, MOST_BYTES)) {
        size += (key?.length ?? 0) + (value?.length ?? 0)
      }
      expect(size).toBeLessThanOrEqual(MOST_BYTES)
    }
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptRecordError)
  }
}

/** Returns all parts as text for comparison, whatever class their bytes have. */
function plain(record: RecordInput & { offset: number }): unknown {
  return {
    ...record,
    key: record.key && Buffer.from(record.key).toString('hex'),
    value: record.value && Buffer.from(record.value).toString('hex'),
    headers: record.headers!.map(({ key, value }) => ({
      // UTF-8 has no lone surrogates. Kafka's clients replace them as Node does.
      key: Buffer.from(key).toString(),
      value: value && Buffer.from(value).toString('hex'),
    })),
  }
}
