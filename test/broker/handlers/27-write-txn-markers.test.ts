import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Produce, WriteTxnMarkers } from '../../../src/protocol/messages/index.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../../src/record/control-record.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import {
  batch,
  type Caller,
  coordinatorOf,
  createTopic,
  deleteTopic,
  fetchOne,
  produceRequest,
} from '../support.ts'

interface MarkerInput {
  producerId?: number
  producerEpoch?: number
  isCommitted?: boolean
  coordinatorEpoch?: number
  transactionVersion?: number
  topics?: { name: string; partitionIndexes: number[] }[]
}

/** Marks partition 0 of `orders` unless the input says otherwise. */
async function writeMarkers(caller: Caller, inputs: readonly MarkerInput[], version = 2) {
  const { markers } = await caller.call(WriteTxnMarkers, version, {
    markers: inputs.map(({ isCommitted = true, ...marker }) => ({
      producerId: 7,
      producerEpoch: 0,
      transactionResult: isCommitted,
      coordinatorEpoch: 3,
      topics: [{ name: 'orders', partitionIndexes: [0] }],
      ...marker,
    })),
  })
  return markers
}

/** Returns the errors of the first marker, by `topic-partition`. */
async function errorsOf(caller: Caller, input: MarkerInput, version = 2) {
  const [marker] = await writeMarkers(caller, [input], version)
  const found = marker!.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => [`${name}-${partitionIndex}`, errorCode]),
  )
  return Object.fromEntries(found)
}

/** Begins a transaction of producer 7 in partition 0 of `orders`. */
async function begin(caller: Caller, producerEpoch = 0, baseSequence = 0) {
  const records = batch(['a'], {
    producerId: 7,
    producerEpoch,
    baseSequence,
    isTransactional: true,
  })
  const request = produceRequest('orders', [{ index: 0, records }], { transactionalId: 'bank' })
  const { responses } = await caller.call(Produce, 11, request)
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(ErrorCode.None)
}

const start = () =>
  startTestCluster({
    topics: [{ name: 'orders', partitions: 2 }],
    config: { 'transaction.partition.verification.enable': 'false' },
  })

describe('WriteTxnMarkers', () => {
  test.each([1, 2])(
    'appends a control batch and ends the transaction, version %i',
    async (version) => {
      const cluster = await start()
      await begin(cluster)
      expect(await fetchOne(cluster, 'orders')).toMatchObject({ lastStableOffset: 0 })
      expect(await errorsOf(cluster, {}, version)).toEqual({ 'orders-0': ErrorCode.None })
      const { records, lastStableOffset } = await fetchOne(cluster, 'orders')
      expect(lastStableOffset).toBe(2)
      const control = [...batchesOf(records!)].at(-1)!
      expect(control).toMatchObject({
        isControl: true,
        isTransactional: true,
        producerId: 7,
        producerEpoch: 0,
        baseSequence: -1,
        baseOffset: 1,
        maxTimestamp: cluster.clock.now(),
      })
      const commit = { type: ControlRecordType.Commit, coordinatorEpoch: 3 }
      expect(endTransactionMarkerOf(control)).toEqual(commit)
    },
  )

  test('an abort marker makes the transaction an aborted one', async () => {
    const cluster = await start()
    await begin(cluster)
    await writeMarkers(cluster, [{ isCommitted: false }])
    const fetched = await fetchOne(cluster, 'orders', {}, { isolationLevel: 1 })
    expect(fetched.abortedTransactions).toEqual([{ producerId: 7, firstOffset: 0 }])
  })

  test('a marker without a transaction is appended too', async () => {
    const cluster = await start()
    expect(await errorsOf(cluster, {})).toEqual({ 'orders-0': ErrorCode.None })
    expect(await fetchOne(cluster, 'orders')).toMatchObject({ highWatermark: 1 })
  })

  test('no markers: an empty response', async () => {
    const cluster = await start()
    expect(await writeMarkers(cluster, [])).toEqual([])
  })

  test('the errors of partitions do not affect each other', async () => {
    const cluster = await start()
    const topics = [
      { name: 'orders', partitionIndexes: [0, 1, 9] },
      { name: 'missing', partitionIndexes: [0] },
    ]
    expect(await errorsOf(cluster, { topics })).toEqual({
      'orders-0': ErrorCode.None,
      'orders-1': ErrorCode.None,
      'orders-9': ErrorCode.UnknownTopicOrPartition,
      'missing-0': ErrorCode.UnknownTopicOrPartition,
    })
  })

  test('a broker without a replica of the partition: UNKNOWN_TOPIC_OR_PARTITION', async () => {
    const cluster = await startTestCluster({ brokers: 2 })
    await createTopic(cluster, 'wide', { partitions: 2 })
    const topics = [{ name: 'wide', partitionIndexes: [0, 1] }]
    const errors = Object.values(await errorsOf(cluster, { topics }))
    expect(errors.toSorted()).toEqual([ErrorCode.None, ErrorCode.UnknownTopicOrPartition])
  })

  test('an older epoch of the producer: INVALID_PRODUCER_EPOCH', async () => {
    const cluster = await start()
    await begin(cluster, 5)
    expect(await errorsOf(cluster, { producerEpoch: 4 })).toEqual({
      'orders-0': ErrorCode.InvalidProducerEpoch,
    })
  })

  test('an older epoch of the coordinator: TRANSACTION_COORDINATOR_FENCED', async () => {
    const cluster = await start()
    await writeMarkers(cluster, [{ coordinatorEpoch: 3 }])
    expect(await errorsOf(cluster, { coordinatorEpoch: 2 })).toEqual({
      'orders-0': ErrorCode.TransactionCoordinatorFenced,
    })
  })

  test('transaction version 2: a marker of the same epoch is late while a transaction is open', async () => {
    const cluster = await start()
    await begin(cluster)
    const late = { 'orders-0': ErrorCode.InvalidProducerEpoch }
    expect(await errorsOf(cluster, { transactionVersion: 2 })).toEqual(late)
    const marker = { transactionVersion: 2, producerEpoch: 1 }
    expect(await errorsOf(cluster, marker)).toEqual({ 'orders-0': ErrorCode.None })
    // Sent again after a lost response: it is appended again.
    expect(await errorsOf(cluster, marker)).toEqual({ 'orders-0': ErrorCode.None })
    expect(await fetchOne(cluster, 'orders')).toMatchObject({
      highWatermark: 3,
      lastStableOffset: 3,
    })
  })

  test('the markers of one producer share one entry of the response', async () => {
    const cluster = await start()
    const markers = await writeMarkers(cluster, [
      { topics: [{ name: 'orders', partitionIndexes: [0] }] },
      { topics: [{ name: 'orders', partitionIndexes: [1] }] },
    ])
    expect(markers).toHaveLength(1)
    expect(markers[0]!.topics[0]!.partitions).toHaveLength(2)
  })

  test('a partition of __consumer_offsets is written by the group coordinator', async () => {
    const cluster = await start()
    await coordinatorOf(cluster, 'group')
    const topics = [{ name: '__consumer_offsets', partitionIndexes: [0, 99] }]
    expect(await errorsOf(cluster, { topics })).toEqual({
      '__consumer_offsets-0': ErrorCode.None,
      '__consumer_offsets-99': ErrorCode.UnknownTopicOrPartition,
    })
  })

  test('a deleted topic: UNKNOWN_TOPIC_OR_PARTITION', async () => {
    const cluster = await start()
    await deleteTopic(cluster, 'orders')
    expect(await errorsOf(cluster, {})).toEqual({ 'orders-0': ErrorCode.UnknownTopicOrPartition })
  })

  test('producers, topics and partitions have the order of Java hash maps', async () => {
    const cluster = await start()
    const ids = [40, 20, 30, 17]
    const markers = await writeMarkers(
      cluster,
      ids.map((producerId) => ({ producerId })),
    )
    expect(markers.map(({ producerId }) => producerId)).toEqual([17, 20, 40, 30])
    const topics = [{ name: 'a b', partitionIndexes: [0, -1] }]
    const [marker] = await writeMarkers(cluster, [{ topics }])
    const indexes = marker!.topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex)
    expect(indexes).toEqual([-1, 0])
  })

  test('a marker without partitions has no entry in the response', async () => {
    const cluster = await start()
    expect(await writeMarkers(cluster, [{ topics: [] }])).toEqual([])
  })

  test.each([{ producerId: -1 }, { producerEpoch: -1 }])(
    'UNKNOWN_SERVER_ERROR for all with %o, but the markers before it are written',
    async (invalid) => {
      const cluster = await start()
      const topics = [{ name: 'orders', partitionIndexes: [1, 9] }]
      const markers = await writeMarkers(cluster, [{}, { ...invalid, topics }])
      const errors = markers.flatMap((each) => each.topics.flatMap(({ partitions }) => partitions))
      expect(errors.map(({ errorCode }) => errorCode)).toEqual([-1, -1, -1])
      expect(await fetchOne(cluster, 'orders')).toMatchObject({ highWatermark: 1 })
    },
  )

  test('transaction version -1: UNKNOWN_SERVER_ERROR for its partitions', async () => {
    const cluster = await start()
    expect(await errorsOf(cluster, { transactionVersion: -1 })).toEqual({
      'orders-0': ErrorCode.UnknownServerError,
    })
    expect(await fetchOne(cluster, 'orders')).toMatchObject({ highWatermark: 0 })
  })
})
