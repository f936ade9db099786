import { expect, test } from 'vitest'
import { decoderOf, formatOf } from '../../src/dump/record-decoder.ts'
import { encodeSubscription } from '../../src/protocol/consumer-protocol.ts'
import { encodeFramed } from '../../src/protocol/internal/metadata-record.ts'
import {
  GroupMetadataRecord,
  OffsetCommitRecord,
} from '../../src/protocol/internal/offsets-topic.ts'
import { TopicRecord } from '../../src/protocol/internal/topic-records.ts'
import { TransactionLogRecord } from '../../src/protocol/internal/transaction-log.ts'

const record = { offset: 12, timestamp: 0, headers: [] }
const offsets = decoderOf('offsets')!

test('a topic is known by its name', () => {
  expect(formatOf('__consumer_offsets')).toBe('offsets')
  expect(formatOf('__cluster_metadata')).toBe('clusterMetadata')
  expect(formatOf('orders')).toBe('data')
  expect(formatOf(undefined)).toBe('data')
  expect(decoderOf('data')).toBeUndefined()
})

test('a committed offset, and a tombstone of one', () => {
  const key = OffsetCommitRecord.encodeKey({ group: 'g', topic: 't', partition: 1 })
  const value = OffsetCommitRecord.encodeValue(3, {
    offset: 5,
    leaderEpoch: 0,
    metadata: 'm',
    commitTimestamp: 9,
  })
  expect(offsets({ ...record, key, value })).toEqual({
    key: '{"type":"1","data":{"group":"g","topic":"t","partition":1}}',
    value: '{"version":"3","data":{"offset":5,"leaderEpoch":0,"metadata":"m","commitTimestamp":9}}',
  })
  expect(offsets({ ...record, key, value: null })).toMatchObject({ value: undefined })
})

test('subscriptions of a classic group of consumers are decoded, or left as bytes if they cannot be', () => {
  const member = (subscription: Uint8Array) => ({
    memberId: 'm',
    groupInstanceId: null,
    clientId: 'c',
    clientHost: '/127.0.0.1',
    rebalanceTimeout: 1,
    sessionTimeout: 2,
    subscription,
    assignment: new Uint8Array(0),
  })
  const subscription = encodeSubscription(0, { topics: ['orders'], ownedPartitions: [] })
  const value = GroupMetadataRecord.encodeValue(3, {
    protocolType: 'consumer',
    generation: 1,
    protocol: 'range',
    leader: 'm',
    currentStateTimestamp: 4,
    members: [member(subscription), member(Buffer.from([0x7f]))],
  })
  const key = GroupMetadataRecord.encodeKey({ group: 'g' })
  const decoded = offsets({ ...record, key, value }) as { value: string }
  expect(decoded.value).toContain('"subscription":{"topics":["orders"],"userData":null}')
  expect(decoded.value).toContain('"subscription":"fw==","assignment":""')
})

test('the state of a transaction', () => {
  const key = TransactionLogRecord.encodeKey({ transactionalId: 'x' })
  const value = TransactionLogRecord.encodeValue(1, {
    producerId: 1,
    producerEpoch: 2,
    transactionTimeoutMs: 3,
    transactionStatus: 4,
    transactionPartitions: null,
    transactionLastUpdateTimestampMs: 5,
    transactionStartTimestampMs: 6,
  })
  expect(decoderOf('transactionLog')!({ ...record, key, value })).toMatchObject({
    key: '{"type":"0","data":{"transactionalId":"x"}}',
  })
})

test('a metadata record', () => {
  const value = encodeFramed(TopicRecord, 0, { name: 'orders', topicId: 'AQIDBAUGBwgREhMUFRYABQ' })
  expect(decoderOf('clusterMetadata')!({ ...record, key: null, value })).toEqual({
    key: undefined,
    value:
      '{"type":"TOPIC_RECORD","version":0,"data":{"name":"orders","topicId":"AQIDBAUGBwgREhMUFRYABQ"}}',
  })
})

test('a record that cannot be decoded is reported', () => {
  const unknown = Buffer.from([0, 99])
  expect(offsets({ ...record, key: unknown, value: null })).toEqual({
    complaint: 'Unknown record type 99 at offset 12, skipping.',
    isInKey: true,
  })
  expect(offsets({ ...record, key: null, value: null })).toMatchObject({
    complaint: expect.stringContaining('missing key') as string,
  })
  expect(offsets({ ...record, key: Buffer.from([0, 1, 0]), value: null })).toMatchObject({
    complaint: expect.stringMatching(/^Error at offset 12, skipping\. /) as string,
  })
  for (const value of [null, Buffer.from([1, 120, 0]), Buffer.from([2, 2, 0])]) {
    expect(decoderOf('clusterMetadata')!({ ...record, key: null, value })).toMatchObject({
      complaint: expect.stringMatching(/^Error at 12, skipping\. /) as string,
    })
  }
})
