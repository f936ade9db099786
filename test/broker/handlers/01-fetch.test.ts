import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DeleteRecords, Fetch } from '../../../src/protocol/messages/index.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'
import {
  batch,
  fetchOne,
  fetchRequest,
  isPending,
  leaders,
  produce,
  topicId,
  UNKNOWN_TOPIC_ID,
  valuesOf,
  type FetchOptions,
  type FetchPartitionInput,
} from '../support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 4 }] }

/** Starts a cluster with two batches in each of the partitions 0 to 2, and none in 3. */
async function startWithRecords(): Promise<TestCluster> {
  const cluster = await startTestCluster(ORDERS)
  for (const partition of [0, 1, 2]) {
    for (const value of ['a', 'b']) {
      await produce(cluster, 'orders', batch([value]), { partition })
    }
  }
  return cluster
}

async function fetchMany(
  cluster: TestCluster,
  partitions: FetchPartitionInput[],
  options: FetchOptions = {},
) {
  const request = fetchRequest([{ topic: 'orders', partitions }], options)
  const { responses } = await cluster.call(Fetch, 12, request)
  return responses.flatMap((response) => response.partitions)
}

const sizeOf = (records: Uint8Array | null): number => records?.length ?? 0
const BATCH_BYTES = batch(['a']).length

describe('Fetch', () => {
  test.each([4, 5, 6, 7, 8, 9, 10, 11, 12])('reads batches in version %i', async (version) => {
    const cluster = await startWithRecords()
    const partition = await fetchOne(cluster, 'orders', {}, { version })
    expect(partition).toMatchObject({
      partitionIndex: 0,
      errorCode: ErrorCode.None,
      highWatermark: 2,
      lastStableOffset: 2,
      logStartOffset: version < 5 ? -1 : 0,
      abortedTransactions: null,
      preferredReadReplica: -1,
    })
    expect(valuesOf(partition.records)).toEqual(['a', 'b'])
  })

  test.each([13, 14, 15, 16, 17, 18])('names topics by their id in version %i', async (version) => {
    const cluster = await startWithRecords()
    const topic = { topicId: await topicId(cluster, 'orders') }
    const { records } = await fetchOne(cluster, topic, {}, { version })
    expect(valuesOf(records)).toEqual(['a', 'b'])
    const unknown = { topicId: UNKNOWN_TOPIC_ID }
    expect(await fetchOne(cluster, unknown, {}, { version })).toMatchObject({
      errorCode: ErrorCode.UnknownTopicId,
      highWatermark: -1,
      logStartOffset: -1,
    })
  })

  test('returns the whole batch that contains an offset', async () => {
    const cluster = await startTestCluster(ORDERS)
    await produce(cluster, 'orders', batch(['a', 'b', 'c']))
    const { records } = await fetchOne(cluster, 'orders', { fetchOffset: 2 })
    expect(valuesOf(records)).toEqual(['a', 'b', 'c'])
    expect(valuesOf(records, 2)).toEqual(['c'])
  })

  test.each([
    ['of a topic that is not there', 'nothing', 0],
    ['that the topic does not have', 'orders', 9],
    ['with a negative index', 'orders', -1],
    ['of a topic without a name', '', 0],
  ])('answers UNKNOWN_TOPIC_OR_PARTITION for a partition %s', async (_, topic, partition) => {
    const cluster = await startWithRecords()
    expect(await fetchOne(cluster, topic, { partition })).toMatchObject({
      errorCode: ErrorCode.UnknownTopicOrPartition,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
      abortedTransactions: [],
    })
  })

  test('answers OFFSET_OUT_OF_RANGE before the log start offset and after the log end offset', async () => {
    const cluster = await startWithRecords()
    await cluster.call(DeleteRecords, 2, {
      timeoutMs: 1000,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 1 }] }],
    })
    const refused = { errorCode: ErrorCode.OffsetOutOfRange, highWatermark: -1 }
    for (const fetchOffset of [-1, 0, 3]) {
      expect(await fetchOne(cluster, 'orders', { fetchOffset })).toMatchObject(refused)
    }
    expect(await fetchOne(cluster, 'orders', { fetchOffset: 1 })).toMatchObject({
      errorCode: 0,
      logStartOffset: 1,
    })
  })

  test('fences a leader epoch that is not current from version 9 on (KIP-320)', async () => {
    const cluster = await startWithRecords()
    const errorWith = async (currentLeaderEpoch: number, version?: number) =>
      (await fetchOne(cluster, 'orders', { currentLeaderEpoch }, version ? { version } : {}))
        .errorCode
    expect(await errorWith(0)).toBe(ErrorCode.None)
    expect(await errorWith(-1)).toBe(ErrorCode.None)
    expect(await errorWith(1)).toBe(ErrorCode.UnknownLeaderEpoch)
    expect(await errorWith(1, 8)).toBe(ErrorCode.None)
  })

  test('returns the end of its epoch to a reader whose log diverges (KIP-595)', async () => {
    const cluster = await startWithRecords()
    const diverged = await fetchOne(cluster, 'orders', { lastFetchedEpoch: 0, fetchOffset: 9 })
    expect(diverged).toMatchObject({
      errorCode: ErrorCode.None,
      divergingEpoch: { epoch: 0, endOffset: 2 },
    })
    expect(sizeOf(diverged.records)).toBe(0)
    const same = await fetchOne(cluster, 'orders', { lastFetchedEpoch: 0, fetchOffset: 1 })
    expect(valuesOf(same.records)).toEqual(['b'])
    expect(same.divergingEpoch.endOffset).toBe(-1)
    expect(await fetchOne(cluster, 'orders', { lastFetchedEpoch: 9 })).toMatchObject({
      errorCode: ErrorCode.OffsetOutOfRange,
    })
  })

  test('read_committed reads to the last stable offset and names the aborted transactions, of which there are none', async () => {
    const cluster = await startWithRecords()
    const committed = await fetchOne(cluster, 'orders', {}, { isolationLevel: 1 })
    expect(committed.abortedTransactions).toEqual([])
    expect(valuesOf(committed.records)).toEqual(['a', 'b'])
  })

  test('answers the last of two entries for the same partition', async () => {
    const cluster = await startWithRecords()
    const partitions = await fetchMany(cluster, [{}, { fetchOffset: 1 }])
    expect(partitions.map(({ records }) => valuesOf(records))).toEqual([['b']])
  })

  test('answers a fetch of nothing at once', async () => {
    const cluster = await startTestCluster()
    const request = fetchRequest([], { maxWaitMs: 60_000 })
    expect((await cluster.call(Fetch, 12, request)).responses).toEqual([])
  })
})

describe('the size of an answer', () => {
  const sizes = async (
    cluster: TestCluster,
    partitions: FetchPartitionInput[],
    options?: FetchOptions,
  ) => (await fetchMany(cluster, partitions, options)).map(({ records }) => sizeOf(records))

  test('has at least one batch, however large (KIP-74)', async () => {
    const cluster = await startWithRecords()
    expect(await sizes(cluster, [{ partitionMaxBytes: 1 }])).toEqual([BATCH_BYTES])
    expect(await sizes(cluster, [{ partitionMaxBytes: 0 }])).toEqual([BATCH_BYTES])
    expect(await sizes(cluster, [{}], { maxBytes: 0 })).toEqual([BATCH_BYTES])
  })

  test('has that one batch in the first partition that has any', async () => {
    const cluster = await startWithRecords()
    const partitions = [{ partition: 3 }, { partition: 0 }, { partition: 1 }]
    expect(await sizes(cluster, partitions, { maxBytes: 1 })).toEqual([0, BATCH_BYTES, 0])
  })

  test('is limited per partition by partition_max_bytes and in all by max_bytes, in the order of the request', async () => {
    const cluster = await startWithRecords()
    const limited = { partitionMaxBytes: BATCH_BYTES }
    expect(await sizes(cluster, [limited, { partition: 1 }])).toEqual([
      BATCH_BYTES,
      2 * BATCH_BYTES,
    ])
    const three = [{ partition: 2 }, { partition: 0 }, { partition: 1 }]
    expect(await sizes(cluster, three, { maxBytes: 3 * BATCH_BYTES })).toEqual([
      2 * BATCH_BYTES,
      BATCH_BYTES,
      0,
    ])
  })

  test('is limited by fetch.max.bytes of the broker', async () => {
    const config = { 'fetch.max.bytes': 1024 }
    const cluster = await startTestCluster({ ...ORDERS, config })
    for (let i = 0; i < 3; i++) await produce(cluster, 'orders', batch(['x'.repeat(500)]))
    const { records } = await fetchOne(cluster, 'orders')
    expect(valuesOf(records)).toHaveLength(1)
  })

  test('cannot be negative: UNKNOWN_SERVER_ERROR, as in Kafka', async () => {
    const cluster = await startWithRecords()
    const refused = [{ errorCode: ErrorCode.UnknownServerError }]
    expect(await fetchMany(cluster, [{ partitionMaxBytes: -1 }])).toMatchObject(refused)
    expect(await fetchMany(cluster, [{}], { maxBytes: -1 })).toMatchObject(refused)
  })
})

describe('a fetch that finds too little', () => {
  test.each([
    ['maxWaitMs is 0', { maxWaitMs: 0 }],
    ['maxWaitMs is negative', { maxWaitMs: -1 }],
    ['minBytes is 0', { minBytes: 0, maxWaitMs: 60_000 }],
    ['minBytes is negative', { minBytes: -1, maxWaitMs: 60_000 }],
    ['maxBytes is 0', { maxBytes: 0, maxWaitMs: 60_000 }],
  ])('does not wait when %s', async (_, options) => {
    const cluster = await startWithRecords()
    expect(await fetchOne(cluster, 'orders', { partition: 3 }, options)).toMatchObject({
      errorCode: 0,
      highWatermark: 0,
    })
  })

  test('does not wait for more than fits into the response', async () => {
    const cluster = await startWithRecords()
    const options = { maxBytes: 10, minBytes: 100_000, maxWaitMs: 60_000 }
    expect(valuesOf((await fetchOne(cluster, 'orders', {}, options)).records)).toEqual(['a'])
  })

  test('does not wait when there is an error', async () => {
    const cluster = await startWithRecords()
    const partitions = [{ partition: 3 }, { partition: 9 }]
    const answered = await fetchMany(cluster, partitions, { maxWaitMs: 60_000 })
    expect(answered.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.None,
      ErrorCode.UnknownTopicOrPartition,
    ])
  })

  test('waits for maxWaitMs and returns the existing records', async () => {
    const cluster = await startWithRecords()
    const fetched = fetchOne(cluster, 'orders', {}, { minBytes: 100_000, maxWaitMs: 500 })
    expect(await isPending(fetched)).toBe(true)
    await cluster.clock.advance(499)
    expect(await isPending(fetched)).toBe(true)
    await cluster.clock.advance(1)
    expect(valuesOf((await fetched).records)).toEqual(['a', 'b'])
  })
})

describe('several brokers', () => {
  test('one that does not lead the partition answers NOT_LEADER_OR_FOLLOWER and, from version 16 on, where the leader is (KIP-951)', async () => {
    const cluster = await startTestCluster({ ...ORDERS, brokers: 3 })
    const leaderIds = await leaders(cluster, 'orders')
    const partition = leaderIds.findIndex((leader) => leader !== 1)
    const leaderId = leaderIds[partition]!
    const topic = { topicId: await topicId(cluster, 'orders') }
    const request = fetchRequest([{ topic, partitions: [{ partition }] }], { maxWaitMs: 60_000 })

    const { responses, nodeEndpoints } = await cluster.call(Fetch, 16, request)
    expect(responses[0]!.partitions[0]).toMatchObject({
      errorCode: ErrorCode.NotLeaderOrFollower,
      highWatermark: -1,
      currentLeader: { leaderId, leaderEpoch: 0 },
    })
    const { host, port } = cluster.cluster.brokers.find(({ id }) => id === leaderId)!
    expect(nodeEndpoints).toEqual([{ nodeId: leaderId, host, port, rack: null }])

    const old = await cluster.call(Fetch, 15, request)
    expect(old.nodeEndpoints).toEqual([])
    expect(old.responses[0]!.partitions[0]!.currentLeader.leaderId).toBe(-1)
  })

  test('each serves the partitions it leads', async () => {
    const cluster = await startTestCluster({ ...ORDERS, brokers: 3 })
    for (const [partition, leader] of (await leaders(cluster, 'orders')).entries()) {
      const connection = await cluster.connect(leader)
      await produce(connection, 'orders', batch([`to ${partition}`]), { partition })
      const { records } = await fetchOne(connection, 'orders', { partition })
      expect(valuesOf(records)).toEqual([`to ${partition}`])
    }
  })
})
