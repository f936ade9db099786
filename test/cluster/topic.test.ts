import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryRoot } from './support/temporary-root.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { DeleteRecords, DeleteTopics, Fetch, Produce } from '../../src/protocol/messages/index.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { recordsOf } from '../../src/record/records.ts'

const MINUTE_MS = 60 * 1000
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const HOUR_MS = 60 * MINUTE_MS
const text = (value: string) => new TextEncoder().encode(value)

/** Appends one record per batch, with the cluster's time or an earlier one. */
async function produce(
  { call, clock }: TestCluster,
  topic: string,
  records: readonly (readonly [key: string, value: string | null])[],
  { partition = 0, ageMs = 0 } = {},
): Promise<void> {
  for (const [key, value] of records) {
    const record = { key: text(key), value: value === null ? null : text(value) }
    const batch = encodeBatch([{ ...record, timestamp: clock.now() - ageMs }])
    const partitionData = [{ index: partition, records: batch }]
    const topicData = [{ name: topic, topicId: NO_TOPIC_ID, partitionData }]
    const request = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
    const { responses } = await call(Produce, 9, request)
    expect(responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: 0 })
  }
}

/** Returns the response to a fetch of partition 0. */
async function fetch({ call }: TestCluster, topic: string, fetchOffset: number) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }]
  const { responses } = await call(Fetch, 11, {
    maxWaitMs: 0,
    minBytes: 0,
    isolationLevel: 0,
    topics: [{ topic, topicId: NO_TOPIC_ID, partitions }],
    forgottenTopicsData: [],
  })
  return responses[0]!.partitions[0]!
}

/** Returns every record of partition 0 from an offset on: `offset key=value`. */
async function stored(scene: TestCluster, topic: string, from = 0): Promise<string[]> {
  const found: string[] = []
  for (let fetchOffset = from; ;) {
    const { errorCode, records, highWatermark } = await fetch(scene, topic, fetchOffset)
    expect(errorCode).toBe(ErrorCode.None)
    for (const batch of batchesOf(records as Uint8Array)) {
      for (const { offset, key, value } of recordsOf(batch)) {
        const shown = value === null ? 'null' : Buffer.from(value).toString()
        found.push(`${offset} ${Buffer.from(key!).toString()}=${shown}`)
      }
      fetchOffset = batch.nextOffset
    }
    if (fetchOffset >= highWatermark) return found
  }
}

test('compact() keeps the last value of every key at its offset, and returns what it removed', async () => {
  const topics = [{ name: 'customers', configs: { 'cleanup.policy': 'compact' } }]
  const scene = await startTestCluster({ topics })
  const versions = [
    ['a', '1'],
    ['b', '1'],
    ['a', '2'],
    ['a', '3'],
  ] as const
  await produce(scene, 'customers', versions)
  const removed = await scene.cluster.topic('customers').compact()
  expect(removed).toMatchObject({ records: 2, segments: 0 })
  expect(removed.sizeInBytes).toBeGreaterThan(0)
  expect(await stored(scene, 'customers')).toEqual(['1 b=1', '3 a=3'])
  const again = await scene.cluster.topic('customers').compact()
  expect(again).toEqual({ records: 0, segments: 0, sizeInBytes: 0 })
})

test('a tombstone is retained for delete.retention.ms after it was compacted', async () => {
  const configs = { 'cleanup.policy': 'compact', 'delete.retention.ms': HOUR_MS }
  const scene = await startTestCluster({ topics: [{ name: 'customers', configs }] })
  await produce(scene, 'customers', [
    ['a', '1'],
    ['a', null],
    ['b', '1'],
  ])
  const topic = scene.cluster.topic('customers')
  await topic.compact()
  expect(await stored(scene, 'customers')).toEqual(['1 a=null', '2 b=1'])
  await scene.clock.advance(HOUR_MS + 1)
  await produce(scene, 'customers', [['c', '1']])
  await topic.compact()
  expect(await stored(scene, 'customers')).toEqual(['2 b=1', '3 c=1'])
})

test('a log is compacted when the clock moves', async () => {
  const configs = { 'cleanup.policy': 'compact', 'segment.ms': HOUR_MS }
  const scene = await startTestCluster({ topics: [{ name: 'customers', configs }] })
  await produce(scene, 'customers', [
    ['a', '1'],
    ['a', '2'],
  ])
  await scene.clock.advance(HOUR_MS + 1)
  await produce(scene, 'customers', [['b', '1']])
  await scene.clock.advance(MINUTE_MS)
  expect(await stored(scene, 'customers')).toEqual(['1 a=2', '2 b=1'])
})

test('compact() needs a compacted topic', async () => {
  const { cluster } = await startTestCluster({ topics: [{ name: 'orders' }] })
  await expect(cluster.topic('orders').compact()).rejects.toMatchObject({ code: 'NOT_COMPACTED' })
})

test('applyRetention() deletes the segments that retention.ms does not keep', async () => {
  const configs = { 'retention.ms': HOUR_MS }
  const scene = await startTestCluster({ topics: [{ name: 'orders', configs }] })
  const topic = scene.cluster.topic('orders')
  await produce(scene, 'orders', [['a', '1']], { ageMs: 2 * HOUR_MS })
  expect(await topic.partition(0).roll()).toBe(true)
  expect(await topic.partition(0).roll()).toBe(false)
  await produce(scene, 'orders', [['b', '2']])
  const removed = await topic.applyRetention()
  expect(removed.segments).toBe(1)
  expect(removed.sizeInBytes).toBeGreaterThan(0)
  expect(await stored(scene, 'orders', 1)).toEqual(['1 b=2'])
  expect(await topic.applyRetention()).toEqual({ segments: 0, sizeInBytes: 0 })
})

test('records older than retention.ms are deleted when the clock moves', async () => {
  const configs = { 'retention.ms': HOUR_MS }
  const scene = await startTestCluster({ topics: [{ name: 'orders', configs }] })
  await produce(scene, 'orders', [['a', '1']])
  await scene.clock.advance(HOUR_MS - MINUTE_MS)
  expect(await stored(scene, 'orders')).toEqual(['0 a=1'])
  await scene.clock.advance(10 * MINUTE_MS)
  expect(await fetch(scene, 'orders', 0)).toMatchObject({ errorCode: ErrorCode.OffsetOutOfRange })
  await produce(scene, 'orders', [['b', '2']])
  expect(await stored(scene, 'orders', 1)).toEqual(['1 b=2'])
})

test('applyRetention() deletes the segments below the offset of a DeleteRecords', async () => {
  const scene = await startTestCluster({ topics: [{ name: 'orders', partitions: 2 }] })
  const topic = scene.cluster.topic('orders')
  await produce(scene, 'orders', [
    ['a', '1'],
    ['b', '2'],
  ])
  await produce(scene, 'orders', [['x', '1']], { partition: 1 })
  await topic.partition(0).roll()
  await produce(scene, 'orders', [['c', '3']])
  const partitions = [{ partitionIndex: 0, offset: 2 }]
  await scene.call(DeleteRecords, 2, { topics: [{ name: 'orders', partitions }], timeoutMs: 1000 })
  const removed = await topic.applyRetention()
  expect(removed.segments).toBe(1)
  expect(removed.sizeInBytes).toBeGreaterThan(0)
  expect(await stored(scene, 'orders', 2)).toEqual(['2 c=3'])
})

test('an unknown topic or partition is named in the error, with the existing ones', async () => {
  const scene = await startTestCluster({ topics: [{ name: 'orders', partitions: 2 }] })
  const { cluster, call } = scene
  expect(() => cluster.topic('order')).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_TOPIC', message: expect.stringContaining('orders') }),
  )
  const topic = cluster.topic('orders')
  expect(() => topic.partition(2)).toThrow(expect.objectContaining({ code: 'UNKNOWN_PARTITION' }))
  const partition = topic.partition(1)
  await call(DeleteTopics, 3, { topics: [], topicNames: ['orders'], timeoutMs: 1000 })
  await expect(partition.roll()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
  await expect(topic.applyRetention()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
})

test('a partition of a closed cluster has no leader', async () => {
  const { cluster } = await startTestCluster({ topics: [{ name: 'orders' }] })
  const partition = cluster.topic('orders').partition(0)
  await cluster.close()
  await expect(partition.applyRetention()).rejects.toMatchObject({ code: 'PARTITION_UNAVAILABLE' })
})

test('compact() rejects when the cluster closes during the call', async () => {
  const topics = [{ name: 'customers', configs: { 'cleanup.policy': 'compact' } }]
  const scene = await startTestCluster({ topics })
  const large = 'x'.repeat(900_000)
  await produce(scene, 'customers', [
    ['a', large],
    ['b', large],
    ['c', large],
    ['d', large],
  ])
  const compaction = scene.cluster.topic('customers').compact()
  const refused = expect(compaction).rejects.toMatchObject({ code: 'PARTITION_UNAVAILABLE' })
  await scene.cluster.close()
  await refused
})

test('compact() rejects when the log is corrupt', async () => {
  const dataDir = temporaryRoot()
  const topics = [{ name: 'customers', configs: { 'cleanup.policy': 'compact' } }]
  const scene = await startTestCluster({ dataDir, topics })
  await produce(scene, 'customers', [['a', '1']])
  const log = join(dataDir, '1', 'customers-0', '00000000000000000000.log')
  const bytes = readFileSync(log)
  bytes.writeInt32BE(-1, 8)
  writeFileSync(log, bytes)
  const compaction = scene.cluster.topic('customers').compact()
  await expect(compaction).rejects.toMatchObject({ code: 'CORRUPT_LOG' })
})

test('compact() removes a tombstone whose delete horizon has passed although no record follows it', async () => {
  const configs = { 'cleanup.policy': 'compact' }
  const scene = await startTestCluster({ topics: [{ name: 'customers', configs }] })
  const topic = scene.cluster.topic('customers')
  await produce(scene, 'customers', [
    ['a', '1'],
    ['a', null],
  ])
  expect(await topic.compact()).toMatchObject({ records: 1 })
  await scene.clock.advance(24 * HOUR_MS - 1)
  expect(await topic.compact()).toEqual({ records: 0, segments: 0, sizeInBytes: 0 })
  await scene.clock.advance(1)
  const removed = await topic.compact()
  expect(removed).toMatchObject({ records: 1, segments: 0 })
  expect(removed.sizeInBytes).toBeGreaterThan(0)
  expect(await stored(scene, 'customers')).toEqual([])
  expect(await topic.compact()).toEqual({ records: 0, segments: 0, sizeInBytes: 0 })
  await produce(scene, 'customers', [['b', '1']])
  expect(await stored(scene, 'customers', 2)).toEqual(['2 b=1'])
})

test('compact() with delete.retention.ms=0 removes tombstones immediately, and nothing the second time', async () => {
  const configs = { 'cleanup.policy': 'compact,delete', 'delete.retention.ms': 0 }
  const topics = [{ name: 'customers', partitions: 2, configs }]
  const scene = await startTestCluster({ topics })
  for (const partition of [0, 1]) {
    const records = [['a', '1'] as const, ['a', null] as const, ['b', '1'] as const]
    await produce(scene, 'customers', records, { partition })
  }
  const topic = scene.cluster.topic('customers')
  expect(await topic.compact()).toMatchObject({ records: 4 })
  expect(await topic.compact()).toEqual({ records: 0, segments: 0, sizeInBytes: 0 })
  expect(await stored(scene, 'customers')).toEqual(['2 b=1'])
})

test('compact() keeps records that min.compaction.lag.ms protects, and the background cleaner keeps tombstones at the end', async () => {
  const lag = { 'min.compaction.lag.ms': HOUR_MS, 'delete.retention.ms': HOUR_MS }
  const configs = { 'cleanup.policy': 'compact', ...lag }
  const scene = await startTestCluster({ topics: [{ name: 'customers', configs }] })
  const topic = scene.cluster.topic('customers')
  await produce(scene, 'customers', [
    ['a', '1'],
    ['a', null],
  ])
  expect(await topic.compact()).toEqual({ records: 0, segments: 0, sizeInBytes: 0 })
  await scene.clock.advance(HOUR_MS + MINUTE_MS)
  expect(await stored(scene, 'customers')).toEqual(['1 a=null'])
  await scene.clock.advance(48 * HOUR_MS)
  expect(await stored(scene, 'customers')).toEqual(['1 a=null'])
  expect(await topic.compact()).toMatchObject({ records: 1 })
  expect(await stored(scene, 'customers')).toEqual([])
})

test('applyRetention() deletes the active segment if DeleteRecords has deleted all of its records', async () => {
  const scene = await startTestCluster({ topics: [{ name: 'customers' }] })
  const topic = scene.cluster.topic('customers')
  await produce(scene, 'customers', [
    ['a', '1'],
    ['b', '2'],
  ])
  const partitions = [{ partitionIndex: 0, offset: -1 }]
  const topics = [{ name: 'customers', partitions }]
  await scene.call(DeleteRecords, 2, { topics, timeoutMs: 1000 })
  const removed = await topic.applyRetention()
  expect(removed.segments).toBe(1)
  expect(removed.sizeInBytes).toBeGreaterThan(0)
  expect(await topic.applyRetention()).toEqual({ segments: 0, sizeInBytes: 0 })
  await produce(scene, 'customers', [['c', '3']])
  expect(await stored(scene, 'customers', 2)).toEqual(['2 c=3'])
})
