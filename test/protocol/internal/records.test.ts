import { describe, expect, test } from 'vitest'

import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../src/protocol/consumer-protocol.ts'
import {
  decodeMetadataRecord,
  metadataRecords,
} from '../../../src/protocol/internal/cluster-metadata.ts'
import { recordTypeOf } from '../../../src/protocol/internal/coordinator-record.ts'
import { encodeFramed } from '../../../src/protocol/internal/metadata-record.ts'
import { OffsetCommitRecord } from '../../../src/protocol/internal/offsets-topic.ts'
import { TopicRecord } from '../../../src/protocol/internal/topic-records.ts'
import { AbortedTxn } from '../../../src/protocol/internal/transaction-index.ts'
import { DecodeError } from '../../../src/protocol/schema/index.ts'
import { decodeVersioned, encodeVersioned } from '../../../src/protocol/versioned.ts'

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('a coordinator record', () => {
  const key = { group: 'g', topic: 't', partition: 1 }
  const value = { offset: 5, leaderEpoch: 0, metadata: '', commitTimestamp: 9 }

  test('has its type before the key and its version before the value', () => {
    expect(hexOf(OffsetCommitRecord.encodeKey(key))).toBe('0001' + '000167' + '000174' + '00000001')
    expect(hexOf(OffsetCommitRecord.encodeValue(3, value)).slice(0, 4)).toBe('0003')
    expect(recordTypeOf(OffsetCommitRecord.encodeKey(key))).toBe(1)
  })

  test('is read back in any version', () => {
    expect(OffsetCommitRecord.decodeKey(OffsetCommitRecord.encodeKey(key))).toEqual(key)
    for (const version of [0, 1, 2, 3, 4]) {
      const decoded = OffsetCommitRecord.decodeValue(OffsetCommitRecord.encodeValue(version, value))
      expect(decoded).toMatchObject({ offset: 5, commitTimestamp: 9 })
    }
  })

  test('refuses keys of another type and values of a version from the future', () => {
    expect(() => OffsetCommitRecord.decodeKey(Buffer.from('0002000167', 'hex'))).toThrow(
      DecodeError,
    )
    expect(() => OffsetCommitRecord.decodeValue(Buffer.from('0009', 'hex'))).toThrow(DecodeError)
  })
})

describe('a metadata record', () => {
  const topic = { name: 'orders', topicId: 'AQIDBAUGBwgREhMUFRYABQ' }
  const framed = encodeFramed(TopicRecord, 0, topic)

  test('is in a frame with frame version, API key and version', () => {
    expect(hexOf(framed).slice(0, 6)).toBe('010200')
    expect(decodeMetadataRecord(framed)).toEqual({ name: 'TopicRecord', version: 0, record: topic })
  })

  test('is identified by its name', () => {
    const record = decodeMetadataRecord(framed)
    expect(record.name === 'TopicRecord' && record.record.name).toBe('orders')
  })

  test('of every kind has its own API key', () => {
    expect(new Set(metadataRecords.map(({ apiKey }) => apiKey)).size).toBe(27)
  })

  test('with another frame version, key or version is refused', () => {
    for (const hex of ['020200', '017f00', '010209']) {
      expect(() => decodeMetadataRecord(Buffer.from(hex, 'hex'))).toThrow(DecodeError)
    }
  })
})

describe('the consumer protocol', () => {
  test('has subscriptions and assignments after their version', () => {
    const subscription = { topics: ['t'], ownedPartitions: [{ topic: 't', partitions: [0] }] }
    const bytes = encodeSubscription(1, subscription)
    expect(hexOf(bytes).slice(0, 4)).toBe('0001')
    expect(decodeSubscription(bytes)).toMatchObject({ ...subscription, generationId: -1 })
    const assignment = { assignedPartitions: [{ topic: 't', partitions: [0, 1] }], userData: null }
    expect(decodeAssignment(encodeAssignment(0, assignment))).toEqual(assignment)
  })

  test('reads a version from the future as the newest it knows', () => {
    const bytes = Buffer.from(encodeSubscription(3, { topics: ['t'], ownedPartitions: [] }))
    bytes.writeInt16BE(7)
    expect(decodeSubscription(Buffer.concat([bytes, Buffer.of(1, 2, 3)])).topics).toEqual(['t'])
  })

  test('refuses a version below the first', () => {
    expect(() => decodeSubscription(Buffer.from('ffff00000000', 'hex'))).toThrow(DecodeError)
  })
})

test('other data behind a version refuses one from the future', () => {
  const entry = { producerId: 1, firstOffset: 2, lastOffset: 3, lastStableOffset: 4 }
  const bytes = Buffer.from(encodeVersioned(AbortedTxn, 0, entry))
  expect(bytes).toHaveLength(34)
  expect(decodeVersioned(AbortedTxn, bytes)).toEqual(entry)
  bytes.writeInt16BE(1)
  expect(() => decodeVersioned(AbortedTxn, bytes)).toThrow(DecodeError)
})
