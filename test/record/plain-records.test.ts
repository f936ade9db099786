import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { BATCH_OVERHEAD } from '../../src/record/batch-layout.ts'
import { BatchView } from '../../src/record/batch-view.ts'
import { CorruptRecordError } from '../../src/record/corrupt-record-error.ts'
import { walkPlainRecords } from '../../src/record/plain-records.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'
import { scaled } from '../support/scale.ts'

const now = Date.UTC(2026, 0, 1)

/** Returns the result of the fast path; `undefined` if it leaves the records to the cursor. */
function plainOf(batch: Uint8Array, recordCount: number) {
  const found = { smallestTimestampDelta: 0, largestTimestampDelta: 0, hasNullKey: false }
  const isPlain = walkPlainRecords(batch, BATCH_OVERHEAD, batch.length, recordCount, found)
  return isPlain ? found : undefined
}

/** Returns the result of the cursor; `undefined` if the records are invalid or not in sequence. */
function walkedOf(batch: Uint8Array, recordCount: number) {
  const cursor = new RecordCursor(batch, BATCH_OVERHEAD)
  const found = {
    smallestTimestampDelta: Infinity,
    largestTimestampDelta: -Infinity,
    hasNullKey: false,
  }
  try {
    for (let index = 0; index < recordCount; index++) {
      cursor.next()
      if (cursor.offsetDelta !== index) return undefined
      found.smallestTimestampDelta = Math.min(found.smallestTimestampDelta, cursor.timestampDelta)
      found.largestTimestampDelta = Math.max(found.largestTimestampDelta, cursor.timestampDelta)
      found.hasNullKey ||= cursor.keySize < 0
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
    return undefined
  }
  return cursor.isAtEnd ? found : undefined
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const record = fc.record({
  key: fc.option(bytes(200)),
  value: fc.option(bytes(300)),
  timestamp: fc.integer({ min: now - 4000, max: now + 4000 }),
})

describe('the fast path for records', () => {
  test('returns the same as the cursor for records of producers', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 100 }), (records) => {
        const batch = encodeBatch(records)
        expect(plainOf(batch, records.length)).toEqual(walkedOf(batch, records.length))
      }),
    )
  })

  test('accepts nothing that the cursor refuses, however the bytes are damaged', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    let plain = 0
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), flips, (records, changes) => {
        const batch = encodeBatch(records)
        const size = batch.length - BATCH_OVERHEAD
        for (const [at, value] of changes) batch[BATCH_OVERHEAD + (at % size)] = value
        const found = plainOf(batch, records.length)
        if (found === undefined) return
        plain++
        expect(found).toEqual(walkedOf(batch, records.length))
      }),
      { numRuns: scaled(5000) },
    )
    expect(plain).toBeGreaterThan(100)
  })

  test('numbers records in one, two and three bytes', () => {
    for (const recordCount of [64, 65, 8192, 8193, 10_000]) {
      const records = Array.from({ length: recordCount }, () => ({ value: null, timestamp: now }))
      const batch = encodeBatch(records)
      expect(plainOf(batch, recordCount)).toEqual(walkedOf(batch, recordCount))
      expect(plainOf(batch, recordCount)).toBeDefined()
      expect(plainOf(batch, recordCount - 1)).toBeUndefined()
      expect(plainOf(batch, recordCount + 1)).toBeUndefined()
    }
  })

  test('leaves headers, large parts, far timestamps and gaps to the cursor', () => {
    const value = Buffer.from('v')
    for (const records of [
      [{ value, timestamp: now, headers: [{ key: 'h', value }] }],
      [{ value: Buffer.alloc(9000), timestamp: now }],
      [
        { value, timestamp: now },
        { value, timestamp: now + 9000 },
      ],
      [{ value, timestamp: now, offsetDelta: 3 }],
    ]) {
      const batch = encodeBatch(records)
      expect(plainOf(batch, records.length)).toBeUndefined()
      expect(new BatchView(batch).isChecksumValid).toBe(true)
    }
  })
})
