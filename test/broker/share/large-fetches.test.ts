import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { batch, leaders, produce, topicId } from '../support.ts'
import { Ack, acquiredOf, recordsOf, ShareClient, startShareCluster } from './share-kit.ts'
import { startTestCluster } from '../../support/test-cluster.ts'

const LARGE = 'x'.repeat(300_000)

test('records of more than one piece of the log are acquired at once', async () => {
  const cluster = await startShareCluster()
  for (const index of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
    await produce(cluster, 'orders', batch([`${index}`, LARGE]))
  }
  const member = await cluster.member('m')
  const partition = await member.fetch({ maxWaitMs: 500 })
  expect(acquiredOf(partition)).toEqual([[0, 17, 1]])
  expect(recordsOf(partition).filter((value) => value !== LARGE)).toEqual([...'012345678'])
  const records = await cluster.member('n')
  expect(await records.acquire()).toEqual([])
})

test('the response has only the batches of acquired records', async () => {
  const cluster = await startShareCluster()
  for (const value of ['a', 'b', 'c', 'd']) await produce(cluster, 'orders', batch([value, value]))
  const first = await cluster.member('first')
  const second = await cluster.member('second')
  expect(await first.acquire({ maxWaitMs: 500 })).toEqual([[0, 7, 1]])
  await first.acknowledge([
    [2, 2, Ack.Release],
    [5, 5, Ack.Release],
  ])
  const partition = await second.fetch({ maxWaitMs: 500 })
  expect(acquiredOf(partition)).toEqual([
    [2, 2, 2],
    [5, 5, 2],
  ])
  expect(recordsOf(partition)).toEqual(['b', 'b', 'c', 'c'])
})

test('a limit of bytes still returns one batch', async () => {
  const cluster = await startShareCluster()
  await produce(cluster, 'orders', batch([LARGE]))
  await produce(cluster, 'orders', batch(['b']))
  const member = await cluster.member('m')
  expect(await member.acquire({ maxWaitMs: 500, maxBytes: 100 })).toEqual([[0, 0, 1]])
  expect(await member.acquire({ maxBytes: 100 })).toEqual([[1, 1, 1]])
})

test('the leaders of two partitions deliver them, whoever coordinates their state', async () => {
  const cluster = await startShareCluster({ brokers: 3 })
  for (const [partition, brokerId] of (await leaders(cluster, 'orders')).entries()) {
    const producer = await cluster.connect(brokerId)
    await produce(producer, 'orders', batch(['a']), { partition })
    const member = await cluster.member(`m${partition}`, brokerId)
    const fetched = await member.fetch({ partitions: [partition], maxWaitMs: 500 })
    expect(acquiredOf(fetched)).toEqual([[0, 0, 1]])
    expect(await member.acknowledge([[0, 0, Ack.Accept]], { partition })).toMatchObject({
      errorCode: 0,
    })
  }
})

test('a restarted cluster delivers what was not accepted', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'odradek-share-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const before = await startShareCluster({ dataDir })
  await produce(before, 'orders', batch(['a', 'b', 'c', 'd']))
  const member = await before.member('m')
  expect(await member.acquire({ maxWaitMs: 500 })).toEqual([[0, 3, 1]])
  await member.acknowledge([[0, 2, Ack.Accept, Ack.Release, Ack.Accept]])
  await before.cluster.close()
  const after = await startTestCluster({ dataDir })
  const again = new ShareClient(await after.connect(), await topicId(after, 'orders'), 'n')
  expect(await again.acquire({ maxWaitMs: 500 })).toEqual([
    [1, 1, 2],
    [3, 3, 1],
  ])
})
