import { describe, expect, test } from 'vitest'
import {
  CreatePartitions,
  DeleteRecords,
  Fetch,
  ListOffsets,
} from '../../src/protocol/messages/index.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'
import {
  batch,
  type Caller,
  createTopic,
  deleteTopic,
  type FetchedPartition,
  fetchOne,
  fetchRequest,
  isPending,
  listOffset,
  produce,
} from './support.ts'
import { RawProducer } from './transaction-kit.ts'

// All offsets are those of a real broker.

const READ_COMMITTED = 1

/** Returns the offsets of a response: of each batch, and of the first records of aborted ones. */
function offsetsOf({
  highWatermark,
  lastStableOffset,
  abortedTransactions,
  records,
}: FetchedPartition) {
  return {
    highWatermark,
    lastStableOffset,
    aborted: abortedTransactions && abortedTransactions.map(({ firstOffset }) => firstOffset),
    batches: [...batchesOf(records ?? new Uint8Array(0))].map(({ baseOffset }) => baseOffset),
  }
}

async function committedIn(caller: Caller, fetchOffset = 0, partitionMaxBytes = 1_000_000) {
  const options = { isolationLevel: READ_COMMITTED }
  return offsetsOf(await fetchOne(caller, 'orders', { fetchOffset, partitionMaxBytes }, options))
}

const start = (configs: Record<string, string> = {}) =>
  startTestCluster({
    topics: [{ name: 'orders', configs }],
    config: { 'transaction.state.log.num.partitions': '1' },
  })

/** Returns a producer that keeps its id, epoch and sequence. */
async function transactional(caller: Caller, id: string) {
  const raw = new RawProducer(caller, id)
  let current = await raw.init()
  const sequences = new Map<string, number>()
  return {
    producerId: current.producerId,
    async send(value = 'a', topic = 'orders', partition = 0) {
      const key = `${topic}-${partition}`
      const sequence = sequences.get(key) ?? 0
      sequences.set(key, sequence + 1)
      return raw.send(current, sequence, { topic, partition, values: [value] })
    },
    async end(committed: boolean) {
      current = await raw.end(current, committed)
      sequences.clear()
    },
  }
}

const big = 'x'.repeat(400_000)

/** Three interleaved transactions over several segments, of which two are aborted. */
async function interleaved(cluster: TestCluster) {
  const [a, b, c] = [
    await transactional(cluster, 'a'),
    await transactional(cluster, 'b'),
    await transactional(cluster, 'c'),
  ]
  for (const producer of [a, b, a, c, a]) await producer.send(big)
  await b.end(false)
  await b.send(big)
  await a.send(big)
  await a.end(false)
  await c.end(true)
  return { a, b, c }
}

describe('transactions over several segments', () => {
  test('the last stable offset is the start of the first open one', async () => {
    const cluster = await start({ 'segment.bytes': '1048576' })
    const { b } = await interleaved(cluster)
    expect(await committedIn(cluster)).toEqual({
      highWatermark: 10,
      lastStableOffset: 6,
      aborted: [1, 0],
      batches: [0, 1],
    })
    expect(await committedIn(cluster, 6)).toMatchObject({ aborted: [], batches: [] })
    await b.end(false)
    expect(await committedIn(cluster)).toMatchObject({ lastStableOffset: 11 })
  })

  test.each([
    [0, [1, 0], [0, 1]],
    [2, [1, 0], [2, 3]],
    [4, [1, 0, 6], [4, 5, 6]],
    [6, [0, 6], [6]],
    [7, [0, 6], [7, 8, 9, 10]],
    [9, [6], [9, 10]],
    [11, [], []],
  ])('from offset %i: aborted transactions from %o', async (fetchOffset, aborted, batches) => {
    const cluster = await start({ 'segment.bytes': '1048576' })
    const { b } = await interleaved(cluster)
    await b.end(false)
    const fetched = await committedIn(cluster, fetchOffset, 900_000)
    expect(fetched).toMatchObject({ aborted, batches })
  })

  test('read_uncommitted returns all records, and no aborted transactions', async () => {
    const cluster = await start()
    const producer = await transactional(cluster, 'a')
    await producer.send()
    await producer.end(false)
    await producer.send()
    const fetched = offsetsOf(await fetchOne(cluster, 'orders'))
    expect(fetched).toMatchObject({ aborted: null, batches: [0, 1, 2], lastStableOffset: 2 })
  })
})

describe('a read_committed fetch that waits', () => {
  test('ends with the transaction, also in a session', async () => {
    const cluster = await start()
    const producer = await transactional(cluster, 'a')
    await producer.send()
    const reader = await cluster.connect()
    const fetch = (sessionId: number, sessionEpoch: number, maxWaitMs: number) => {
      const topics = sessionEpoch === 0 ? [{ topic: 'orders', partitions: [{}] }] : []
      const options = { isolationLevel: READ_COMMITTED, sessionId, sessionEpoch, maxWaitMs }
      return reader.call(Fetch, 12, fetchRequest(topics, options))
    }
    const { sessionId, responses } = await fetch(0, 0, 0)
    expect(offsetsOf(responses[0]!.partitions[0]!)).toMatchObject({
      lastStableOffset: 0,
      batches: [],
    })
    expect((await fetch(sessionId, 1, 0)).responses).toEqual([])
    const waiting = fetch(sessionId, 2, 30_000)
    await produce(cluster, 'orders', batch(['plain']))
    expect(await isPending(waiting)).toBe(true)
    await producer.end(false)
    const [topic] = (await waiting).responses
    expect(offsetsOf(topic!.partitions[0]!)).toEqual({
      highWatermark: 3,
      lastStableOffset: 3,
      aborted: [0],
      batches: [0, 1, 2],
    })
  })

  test('does not wait beyond the last stable offset', async () => {
    const cluster = await start()
    const producer = await transactional(cluster, 'a')
    await producer.send()
    const options = { isolationLevel: READ_COMMITTED, maxWaitMs: 30_000 }
    const fetched = await fetchOne(cluster, 'orders', { fetchOffset: 1 }, options)
    expect(offsetsOf(fetched)).toMatchObject({ highWatermark: 1, lastStableOffset: 0, batches: [] })
  })
})

test('ListOffsets with read_committed ends at the last stable offset', async () => {
  const cluster = await start()
  const producer = await transactional(cluster, 'a')
  await produce(cluster, 'orders', batch(['plain']))
  await producer.send()
  await produce(cluster, 'orders', batch(['plain']))
  const offset = async (timestamp: number, isolationLevel: number) =>
    (await listOffset(cluster, 'orders', timestamp, { isolationLevel })).offset
  expect([await offset(-1, 0), await offset(-1, 1)]).toEqual([3, 1])
  expect([await offset(-2, 0), await offset(-2, 1)]).toEqual([0, 0])
  expect([await offset(-3, 0), await offset(-3, 1)]).toEqual([0, 0])
  expect([await offset(0, 0), await offset(0, 1)]).toEqual([0, 0])
  await producer.end(true)
  expect(await offset(-1, 1)).toBe(4)
})

test('DeleteRecords into an open transaction', async () => {
  const cluster = await start()
  const producer = await transactional(cluster, 'a')
  for (let index = 0; index < 5; index++) await producer.send()
  const partitions = [{ partitionIndex: 0, offset: -1 }]
  await cluster.call(DeleteRecords, 2, {
    timeoutMs: 1000,
    topics: [{ name: 'orders', partitions }],
  })
  expect(await committedIn(cluster, 5)).toMatchObject({ highWatermark: 5, lastStableOffset: 5 })
  await producer.send()
  expect(await committedIn(cluster, 5)).toMatchObject({ highWatermark: 6, lastStableOffset: 5 })
  await producer.end(false)
  expect(await committedIn(cluster, 5)).toEqual({
    highWatermark: 7,
    lastStableOffset: 7,
    aborted: [0],
    batches: [5, 6],
  })
})

test('a topic that is deleted inside a transaction does not keep it from ending', async () => {
  const cluster = await start()
  await createTopic(cluster, 'other')
  const producer = await transactional(cluster, 'a')
  await producer.send()
  await producer.send('a', 'other')
  await deleteTopic(cluster, 'other')
  await producer.end(true)
  expect(await committedIn(cluster)).toMatchObject({ lastStableOffset: 2, aborted: [] })
})

test('a partition that is added inside a transaction belongs to it', async () => {
  const cluster = await start()
  const producer = await transactional(cluster, 'a')
  await producer.send()
  const request = { topics: [{ name: 'orders', count: 3, assignments: null }], timeoutMs: 1000 }
  await cluster.call(CreatePartitions, 3, { ...request, validateOnly: false })
  expect(await producer.send('b', 'orders', 2)).toBe(0)
  await producer.end(true)
  const { topics } = await cluster.call(ListOffsets, 7, {
    replicaId: -1,
    isolationLevel: READ_COMMITTED,
    timeoutMs: 1000,
    topics: [
      {
        name: 'orders',
        partitions: [0, 1, 2].map((partitionIndex) => ({
          partitionIndex,
          currentLeaderEpoch: -1,
          timestamp: -1,
        })),
      },
    ],
  })
  const ends = new Map(
    topics[0]!.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset]),
  )
  expect([ends.get(0), ends.get(1), ends.get(2)]).toEqual([2, 0, 2])
})
