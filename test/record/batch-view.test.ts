import { describe, expect, test } from 'vitest'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { batchesOf, batchSizeAt, BatchView } from '../../src/record/batch-view.ts'
import { CorruptRecordError } from '../../src/record/corrupt-record-error.ts'
import { recordsOf } from '../../src/record/records.ts'
import { encodeLegacyMessage } from './legacy-message.ts'

const TIME = Date.UTC(2026, 0, 1)

function oneRecord(value = 'v'): Uint8Array {
  return encodeBatch([{ timestamp: TIME, key: Buffer.from('k'), value: Buffer.from(value) }])
}

describe('a record batch', () => {
  test('is stamped with its base offset and leader epoch without another checksum', () => {
    const batch = new BatchView(oneRecord())
    const { checksum } = batch
    batch.stampBaseOffset(5_000_000_000)
    batch.stampLeaderEpoch(7)
    expect(batch.baseOffset).toBe(5_000_000_000)
    expect(batch.partitionLeaderEpoch).toBe(7)
    expect(batch.checksum).toBe(checksum)
    expect(batch.isChecksumValid).toBe(true)
    expect([...recordsOf(batch)][0]!.offset).toBe(5_000_000_000)
  })

  test('is stamped with the time of the append for every record', () => {
    const batch = new BatchView(oneRecord())
    batch.stampMaxTimestamp('LogAppendTime', TIME + 5)
    expect(batch.timestampType).toBe('LogAppendTime')
    expect(batch.maxTimestamp).toBe(TIME + 5)
    expect(batch.baseTimestamp).toBe(TIME)
    expect(batch.isChecksumValid).toBe(true)
    expect([...recordsOf(batch)][0]!.timestamp).toBe(TIME + 5)
    batch.stampMaxTimestamp('CreateTime', TIME)
    expect(Buffer.from(batch.bytes).equals(oneRecord())).toBe(true)
  })

  test('has a wrong checksum if any byte after it changed', () => {
    const bytes = oneRecord()
    for (let position = 21; position < bytes.length; position++) {
      const changed = Uint8Array.from(bytes)
      changed[position]! ^= 1
      expect(new BatchView(changed).isChecksumValid).toBe(false)
    }
  })

  test('is found in the middle of a buffer', () => {
    const bytes = Buffer.concat([oneRecord('first'), oneRecord('second'), oneRecord('third')])
    const sizes = [...batchesOf(bytes)].map(({ sizeInBytes }) => sizeInBytes)
    const second = new BatchView(bytes, sizes[0])
    expect(Buffer.from([...recordsOf(second)][0]!.value!).toString()).toBe('second')
    expect(second.isChecksumValid).toBe(true)
  })

  test('does not exist until its last byte is there', () => {
    const bytes = Buffer.concat([oneRecord(), oneRecord()])
    const { sizeInBytes } = new BatchView(bytes)
    for (let end = 0; end < bytes.length; end++) {
      const torn = bytes.subarray(0, end)
      expect([...batchesOf(torn)]).toHaveLength(end < sizeInBytes ? 0 : 1)
      expect(batchSizeAt(bytes, 0, end)).toBe(end < sizeInBytes ? 0 : sizeInBytes)
    }
  })

  test.each([
    [
      'a length below the smallest',
      8,
      0,
      'Record size 0 is less than the minimum record overhead (14)',
    ],
    ['a negative length', 8, -1, 'Record size -1 is less than the minimum record overhead (14)'],
    [
      'a length below its header',
      8,
      48,
      'the size 60 is smaller than the minimum allowed overhead 61',
    ],
    ['an unknown magic', 13, 3, 'Invalid magic found in record: 3'],
  ])('does not start at %s', (_, position, int32, message) => {
    const bytes = Buffer.from(oneRecord())
    bytes.writeInt32BE(int32, position)
    expect(() => batchSizeAt(bytes, 0)).toThrow(CorruptRecordError)
    expect(() => batchSizeAt(bytes, 0)).toThrow(message)
  })

  test('has a codec that Kafka knows', () => {
    const bytes = Buffer.from(oneRecord())
    bytes[22] = 5
    expect(() => new BatchView(bytes).compression).toThrow('Unknown compression type id: 5')
  })

  test('of magic 1 is too short without room for a timestamp', () => {
    const bytes = encodeLegacyMessage({ magic: 0, offset: 0, key: null, value: null })
    expect(batchSizeAt(bytes, 0)).toBe(26)
    bytes[16] = 1
    expect(() => batchSizeAt(bytes, 0)).toThrow('minimum record overhead (22)')
  })
})
