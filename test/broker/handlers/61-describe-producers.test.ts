import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeProducers, WriteTxnMarkers } from '../../../src/protocol/messages/index.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'
import { batch, type Caller, createTopic, deleteTopic, produce } from '../support.ts'

async function describe(caller: Caller, topics: { name: string; partitionIndexes: number[] }[]) {
  return (await caller.call(DescribeProducers, 0, { topics })).topics
}

/** Describes partition 0 of `orders`. */
async function describeOne(caller: Caller) {
  const [topic] = await describe(caller, [{ name: 'orders', partitionIndexes: [0] }])
  return topic!.partitions[0]!
}

const start = (): Promise<TestCluster> =>
  startTestCluster({ topics: [{ name: 'orders', partitions: 2 }] })

const timestamp = Date.UTC(2026, 0, 1)

test('an idempotent producer: its last sequence and timestamp, no coordinator, no transaction', async () => {
  const cluster = await start()
  await produce(
    cluster,
    'orders',
    batch(['a', 'b'], { producerId: 7, producerEpoch: 2, baseSequence: 4 }),
  )
  expect(await describeOne(cluster)).toEqual({
    partitionIndex: 0,
    errorCode: ErrorCode.None,
    errorMessage: null,
    activeProducers: [
      {
        producerId: 7,
        producerEpoch: 2,
        lastSequence: 5,
        lastTimestamp: timestamp,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      },
    ],
  })
})

test('a marker sets the epochs and forgets the sequence', async () => {
  const cluster = await start()
  await produce(
    cluster,
    'orders',
    batch(['a'], { producerId: 7, producerEpoch: 2, baseSequence: 0 }),
  )
  const topics = [{ name: 'orders', partitionIndexes: [0] }]
  const marker = {
    producerId: 7,
    producerEpoch: 3,
    transactionResult: true,
    coordinatorEpoch: 9,
    topics,
  }
  await cluster.call(WriteTxnMarkers, 2, { markers: [marker] })
  expect((await describeOne(cluster)).activeProducers).toEqual([
    {
      producerId: 7,
      producerEpoch: 3,
      lastSequence: -1,
      lastTimestamp: cluster.clock.now(),
      coordinatorEpoch: 9,
      currentTxnStartOffset: -1,
    },
  ])
})

test('producers have the order of a Java hash map', async () => {
  const cluster = await start()
  for (const producerId of [40, 20, 30, 17]) {
    await produce(
      cluster,
      'orders',
      batch(['a'], { producerId, producerEpoch: 0, baseSequence: 0 }),
    )
  }
  const { activeProducers } = await describeOne(cluster)
  expect(activeProducers.map(({ producerId }) => producerId)).toEqual([17, 20, 40, 30])
})

test('topics and partitions are answered as they are named, repeated ones too', async () => {
  const cluster = await start()
  const topics = await describe(cluster, [
    { name: 'orders', partitionIndexes: [1, 1] },
    { name: 'orders', partitionIndexes: [] },
  ])
  expect(topics.map(({ partitions }) => partitions.length)).toEqual([2, 0])
  expect(await describe(cluster, [])).toEqual([])
})

test('an unknown partition has no message, an unknown or invalid topic has one', async () => {
  const cluster = await start()
  const topics = await describe(cluster, [
    { name: 'orders', partitionIndexes: [9] },
    { name: 'missing', partitionIndexes: [0] },
    { name: 'a b', partitionIndexes: [0] },
    { name: '', partitionIndexes: [0] },
  ])
  const unknown = ErrorCode.UnknownTopicOrPartition
  const invalid = ErrorCode.InvalidTopicException
  const errors = topics.map(({ partitions: [partition] }) => [
    partition!.errorCode,
    partition!.errorMessage,
  ])
  expect(errors).toEqual([
    [unknown, null],
    [unknown, 'This server does not host this topic-partition.'],
    [
      invalid,
      "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [invalid, 'Topic name is invalid: the empty string is not allowed'],
  ])
})

test('another broker leads the partition: NOT_LEADER_OR_FOLLOWER', async () => {
  const cluster = await startTestCluster({ brokers: 2 })
  await createTopic(cluster, 'wide', { partitions: 2 })
  const [topic] = await describe(cluster, [{ name: 'wide', partitionIndexes: [0, 1] }])
  const errors = topic!.partitions.map(({ errorCode }) => errorCode)
  expect(errors.toSorted()).toEqual([ErrorCode.None, ErrorCode.NotLeaderOrFollower])
})

test('a deleted topic: UNKNOWN_TOPIC_OR_PARTITION', async () => {
  const cluster = await start()
  await deleteTopic(cluster, 'orders')
  expect(await describeOne(cluster)).toMatchObject({ errorCode: ErrorCode.UnknownTopicOrPartition })
})
