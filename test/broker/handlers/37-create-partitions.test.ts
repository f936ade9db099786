import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { CreatePartitions } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { batch, fetchOne, leaders, produce, settle, type Caller } from '../support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 2 }] }

async function grow(
  caller: Caller,
  count: number,
  { name = 'orders', version = 3, validateOnly = false } = {},
) {
  const topics = [{ name, count, assignments: null }]
  const request = { topics, timeoutMs: 1000, validateOnly }
  return (await caller.call(CreatePartitions, version, request)).results[0]!.errorCode
}

test.each([0, 1, 2, 3])(
  'new partitions can be produced to when version %i is answered',
  async (version) => {
    const cluster = await startTestCluster(ORDERS)
    expect(await grow(cluster, 5, { version })).toBe(ErrorCode.None)
    expect(await leaders(cluster, 'orders')).toHaveLength(5)
    const produced = await produce(cluster, 'orders', batch(['a']), { partition: 4 })
    expect(produced.errorCode).toBe(ErrorCode.None)
  },
)

test('answers INVALID_PARTITIONS and UNKNOWN_TOPIC_OR_PARTITION; validateOnly creates nothing', async () => {
  const cluster = await startTestCluster(ORDERS)
  expect(await grow(cluster, 2)).toBe(ErrorCode.InvalidPartitions)
  expect(await grow(cluster, 1)).toBe(ErrorCode.InvalidPartitions)
  expect(await grow(cluster, 3, { name: 'nothing' })).toBe(ErrorCode.UnknownTopicOrPartition)
  expect(await grow(cluster, 3, { validateOnly: true })).toBe(ErrorCode.None)
  expect(await leaders(cluster, 'orders')).toHaveLength(2)
})

test('a parked fetch keeps waiting when its topic gets more partitions', async () => {
  const cluster = await startTestCluster(ORDERS)
  const consumer = await cluster.connect()
  const fetched = fetchOne(consumer, 'orders', {}, { maxWaitMs: 60_000 })
  await settle()
  await grow(cluster, 4)
  await produce(cluster, 'orders', batch(['a']))
  expect((await fetched).highWatermark).toBe(1)
})
