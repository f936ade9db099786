import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import {
  batch,
  deleteTopic,
  fetchOne,
  isPending,
  produce,
  settle,
  topicId,
  valuesOf,
} from './support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 2 }] }
const LONG = { maxWaitMs: 60_000 }

describe('a parked fetch', () => {
  test('is released by the produce that brings enough bytes, not by one that brings too few', async () => {
    const cluster = await startTestCluster(ORDERS)
    const consumer = await cluster.connect()
    const minBytes = 2 * batch(['a']).length
    const fetched = fetchOne(consumer, 'orders', {}, { ...LONG, minBytes })
    await produce(cluster, 'orders', batch(['a']))
    expect(await isPending(fetched)).toBe(true)
    await produce(cluster, 'orders', batch(['b']))
    const { records, highWatermark } = await fetched
    expect(valuesOf(records)).toEqual(['a', 'b'])
    expect(highWatermark).toBe(2)
  })

  test('is not released by a produce to another partition', async () => {
    const cluster = await startTestCluster(ORDERS)
    const consumer = await cluster.connect()
    const fetched = fetchOne(consumer, 'orders', { partition: 1 }, LONG)
    await produce(cluster, 'orders', batch(['a']))
    expect(await isPending(fetched)).toBe(true)
    await produce(cluster, 'orders', batch(['b']), { partition: 1 })
    expect(valuesOf((await fetched).records)).toEqual(['b'])
  })

  test.each([
    ['faithful', 'for its time', 60_000],
    ['test', 'for at most 500 ms', 500],
  ] as const)(
    'waits with profile %s %s, by the clock, and its connection serves again',
    async (profile, _, waitMs) => {
      const cluster = await startTestCluster({ ...ORDERS, profile })
      const consumer = await cluster.connect()
      const fetched = fetchOne(consumer, 'orders', {}, LONG)
      await settle()
      await cluster.clock.advance(waitMs - 1)
      expect(await isPending(fetched)).toBe(true)
      await cluster.clock.advance(1)
      expect(await fetched).toMatchObject({ errorCode: ErrorCode.None, highWatermark: 0 })
      await produce(consumer, 'orders', batch(['a']))
      expect(valuesOf((await fetchOne(consumer, 'orders', {}, LONG)).records)).toEqual(['a'])
    },
  )

  test('waits for its time with profile test, too, if it has found a part of what it needs', async () => {
    const cluster = await startTestCluster(ORDERS)
    const consumer = await cluster.connect()
    await produce(consumer, 'orders', batch(['a']))
    const fetched = fetchOne(consumer, 'orders', {}, { ...LONG, minBytes: 100_000 })
    await settle()
    await cluster.clock.advance(59_999)
    expect(await isPending(fetched)).toBe(true)
    await cluster.clock.advance(1)
    expect(valuesOf((await fetched).records)).toEqual(['a'])
  })

  test('is answered once, however many records arrive and however late it is', async () => {
    const cluster = await startTestCluster(ORDERS)
    const consumer = await cluster.connect()
    const fetched = fetchOne(consumer, 'orders', {}, LONG)
    await settle()
    await produce(cluster, 'orders', batch(['a']))
    await fetched
    const unasked = consumer.nextFrame()
    await produce(cluster, 'orders', batch(['b']))
    await cluster.clock.advance(120_000)
    expect(await isPending(unasked)).toBe(true)
    unasked.catch(() => {})
  })

  test('is dropped when its connection closes', async () => {
    const cluster = await startTestCluster(ORDERS)
    const consumer = await cluster.connect()
    const fetched = fetchOne(consumer, 'orders', {}, LONG)
    await settle()
    consumer.close()
    await expect(fetched).rejects.toThrow()
    await produce(cluster, 'orders', batch(['a']))
    await cluster.clock.advance(60_000)
    expect(valuesOf((await fetchOne(cluster, 'orders')).records)).toEqual(['a'])
  })

  test('is released when its topic is deleted', async () => {
    const cluster = await startTestCluster(ORDERS)
    const consumer = await cluster.connect()
    const topic = { topicId: await topicId(cluster, 'orders') }
    const byName = fetchOne(consumer, 'orders', {}, LONG)
    const byId = fetchOne(await cluster.connect(), topic, {}, { ...LONG, version: 13 })
    await settle()
    await deleteTopic(cluster, 'orders')
    const refused = { errorCode: ErrorCode.UnknownTopicOrPartition, highWatermark: -1 }
    expect(await byName).toMatchObject(refused)
    expect(await byId).toMatchObject(refused)
  })

  test('does not keep the cluster from closing', async () => {
    const cluster = await startTestCluster(ORDERS)
    const fetched = fetchOne(await cluster.connect(), 'orders', {}, LONG)
    await settle()
    const closed = expect(fetched).rejects.toThrow()
    await cluster.cluster.close()
    await closed
  })
})

test('a hundred parked fetches are all released by one produce', async () => {
  const cluster = await startTestCluster(ORDERS)
  const connections = await Promise.all(Array.from({ length: 100 }, () => cluster.connect()))
  const fetches = connections.map((connection) => fetchOne(connection, 'orders', {}, LONG))
  await settle()
  await produce(cluster, 'orders', batch(['a']))
  const values = (await Promise.all(fetches)).map(({ records }) => valuesOf(records))
  expect(values).toEqual(Array(100).fill(['a']))
})

test('records that a parked fetch waited for are also returned to fetches on other connections', async () => {
  const cluster = await startTestCluster(ORDERS)
  const waiting = fetchOne(await cluster.connect(), 'orders', {}, LONG)
  await settle()
  const values = ['a', 'b', 'c']
  for (const value of values) await produce(cluster, 'orders', batch([value]))
  expect(valuesOf((await waiting).records)).toEqual(['a'])
  expect(valuesOf((await fetchOne(cluster, 'orders')).records)).toEqual(values)
})
