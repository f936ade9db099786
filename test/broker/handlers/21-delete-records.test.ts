import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DeleteRecords } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import {
  batch,
  coordinatorOf,
  createTopic,
  fetchOne,
  leaders,
  listOffset,
  produce,
  valuesOf,
  type Caller,
} from '../support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 3 }] }

async function deleteBefore(
  caller: Caller,
  offset: number,
  { topic = 'orders', partitionIndex = 0, version = 2 } = {},
) {
  const { topics } = await caller.call(DeleteRecords, version, {
    timeoutMs: 1000,
    topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
  })
  const { lowWatermark, errorCode } = topics[0]!.partitions[0]!
  return [errorCode, lowWatermark]
}

async function startWithRecords() {
  const cluster = await startTestCluster(ORDERS)
  for (const value of ['a', 'b', 'c']) await produce(cluster, 'orders', batch([value]))
  return cluster
}

test.each([0, 1, 2])('moves the log start offset up in version %i', async (version) => {
  const cluster = await startWithRecords()
  expect(await deleteBefore(cluster, 2, { version })).toEqual([ErrorCode.None, 2])
  expect(await listOffset(cluster, 'orders', -2)).toMatchObject({ offset: 2 })
  expect(await fetchOne(cluster, 'orders', { fetchOffset: 1 })).toMatchObject({
    errorCode: ErrorCode.OffsetOutOfRange,
  })
  const { records, logStartOffset } = await fetchOne(cluster, 'orders', { fetchOffset: 2 })
  expect(valuesOf(records, 2)).toEqual(['c'])
  expect(logStartOffset).toBe(2)
})

test('-1 means the high watermark', async () => {
  const cluster = await startWithRecords()
  expect(await deleteBefore(cluster, -1)).toEqual([ErrorCode.None, 3])
  expect(await produce(cluster, 'orders', batch(['d']))).toMatchObject({
    baseOffset: 3,
    logStartOffset: 3,
  })
})

test('an offset below the log start offset changes nothing', async () => {
  const cluster = await startWithRecords()
  await deleteBefore(cluster, 2)
  expect(await deleteBefore(cluster, 1)).toEqual([ErrorCode.None, 2])
})

test('an offset beyond the high watermark or below -1: OFFSET_OUT_OF_RANGE', async () => {
  const cluster = await startWithRecords()
  expect(await deleteBefore(cluster, 4)).toEqual([ErrorCode.OffsetOutOfRange, -1])
  expect(await deleteBefore(cluster, -2)).toEqual([ErrorCode.OffsetOutOfRange, -1])
})

test('the last of two entries for a partition counts', async () => {
  const { call } = await startWithRecords()
  const partitions = [1, 2].map((offset) => ({ partitionIndex: 0, offset }))
  const { topics } = await call(DeleteRecords, 2, {
    timeoutMs: 1000,
    topics: [{ name: 'orders', partitions }],
  })
  expect(topics[0]!.partitions).toEqual([
    { partitionIndex: 0, lowWatermark: 2, errorCode: ErrorCode.None },
  ])
})

test('a topic that is compacted only: POLICY_VIOLATION', async () => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'compact', { configs: { 'cleanup.policy': 'compact' } })
  await createTopic(cluster, 'both', { configs: { 'cleanup.policy': 'compact,delete' } })
  expect(await deleteBefore(cluster, 0, { topic: 'compact' })).toEqual([
    ErrorCode.PolicyViolation,
    -1,
  ])
  expect(await deleteBefore(cluster, 0, { topic: 'both' })).toEqual([ErrorCode.None, 0])
  await createTopic(cluster, 'neither', { configs: { 'cleanup.policy': '' } })
  expect(await deleteBefore(cluster, 0, { topic: 'neither' })).toEqual([ErrorCode.None, 0])
})

test('an internal topic: INVALID_TOPIC_EXCEPTION', async () => {
  const cluster = await startTestCluster()
  await coordinatorOf(cluster, 'group')
  expect(await deleteBefore(cluster, 0, { topic: '__consumer_offsets' })).toEqual([
    ErrorCode.InvalidTopicException,
    -1,
  ])
})

test('answers UNKNOWN_TOPIC_OR_PARTITION, and NOT_LEADER_OR_FOLLOWER on the wrong broker', async () => {
  const cluster = await startTestCluster({ ...ORDERS, brokers: 3 })
  const unknown = [ErrorCode.UnknownTopicOrPartition, -1]
  expect(await deleteBefore(cluster, 0, { topic: 'nothing' })).toEqual(unknown)
  expect(await deleteBefore(cluster, 0, { partitionIndex: 9 })).toEqual(unknown)
  expect(await deleteBefore(cluster, 0, { partitionIndex: -1 })).toEqual(unknown)
  const partitionIndex = (await leaders(cluster, 'orders')).findIndex((leader) => leader !== 1)
  expect(await deleteBefore(cluster, 0, { partitionIndex })).toEqual([
    ErrorCode.NotLeaderOrFollower,
    -1,
  ])
})
