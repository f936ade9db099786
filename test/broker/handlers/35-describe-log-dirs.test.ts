import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeLogDirs } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { batch, produce, type Caller } from '../support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 2 }, { name: 'payments' }] }

type Asked = { topic: string; partitions: number[] }[] | null

/** Returns `[topic, [partition, bytes], ...]` of the only log directory. */
async function sizes(caller: Caller, topics: Asked, version = 4) {
  const { errorCode, results } = await caller.call(DescribeLogDirs, version, { topics })
  expect([errorCode, results.length, results[0]!.errorCode]).toEqual([ErrorCode.None, 1, 0])
  return results[0]!.topics
    .map(({ name, partitions }) => [
      name,
      ...partitions
        .map(({ partitionIndex, partitionSize }) => [partitionIndex, partitionSize])
        .sort(),
    ])
    .sort()
}

test.each([1, 2, 3, 4, 5])('returns the size of each partition in version %i', async (version) => {
  const cluster = await startTestCluster(ORDERS)
  const records = batch(['a'])
  await produce(cluster, 'orders', records, { partition: 1 })
  expect(await sizes(cluster, null, version)).toEqual([
    ['orders', [0, 0], [1, records.length]],
    ['payments', [0, 0]],
  ])
})

test('returns the requested partitions that exist', async () => {
  const cluster = await startTestCluster(ORDERS)
  const orders = (...partitions: number[]) => ({ topic: 'orders', partitions })
  expect(await sizes(cluster, [orders(0, 9)])).toEqual([['orders', [0, 0]]])
  expect(await sizes(cluster, [orders(0, 0)])).toEqual([['orders', [0, 0]]])
  expect(await sizes(cluster, [{ topic: 'nothing', partitions: [0] }])).toEqual([])
  expect(await sizes(cluster, [])).toEqual([])
})

test('returns the size of the volume from version 4 on (KIP-827)', async () => {
  const { call } = await startTestCluster(ORDERS)
  const volume = async (version: number) => {
    const { results } = await call(DescribeLogDirs, version, { topics: null })
    return [results[0]!.totalBytes, results[0]!.usableBytes]
  }
  expect(await volume(3)).toEqual([-1, -1])
  const [total, usable] = await volume(4)
  expect(total).toBeGreaterThanOrEqual(usable!)
})

test('each broker returns its own partitions', async () => {
  const cluster = await startTestCluster({ brokers: 3, topics: [{ name: 'wide', partitions: 6 }] })
  const found: unknown[] = []
  for (const { id } of cluster.cluster.brokers) {
    const [[, ...partitions] = []] = await sizes(await cluster.connect(id), [
      { topic: 'wide', partitions: [0, 1, 2, 3, 4, 5] },
    ])
    expect(partitions).toHaveLength(2)
    found.push(...partitions)
  }
  expect(found.sort()).toEqual([0, 1, 2, 3, 4, 5].map((partition) => [partition, 0]))
})
