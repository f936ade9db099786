import { expect, test } from 'vitest'
import { SeededRandom } from '../../../src/platform/random.ts'
import { divideMaxBytes } from '../../../src/broker/share/partition-max-bytes.ts'
import { rotatePartitions } from '../../../src/broker/share/rotate-partitions.ts'
import { nextEpoch } from '../../../src/broker/share/share-session.ts'
import { UpdateFeatures } from '../../../src/protocol/messages/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { batch, produce, settle } from '../support.ts'
import { acquiredOf, Ack, startShareCluster } from './share-kit.ts'

test('the epoch after the largest one is 1', () => {
  expect(nextEpoch(0)).toBe(1)
  expect(nextEpoch(0x7fffffff)).toBe(1)
  expect(nextEpoch(-1)).toBe(-1)
})

test('each epoch of a session begins with another partition', () => {
  expect(rotatePartitions(['a', 'b', 'c'], 0)).toEqual(['a', 'b', 'c'])
  expect(rotatePartitions(['a', 'b', 'c'], 2)).toEqual(['c', 'a', 'b'])
  expect(rotatePartitions(['a', 'b', 'c'], 4)).toEqual(['b', 'c', 'a'])
})

test('the size of a response is divided between the partitions', () => {
  const random = new SeededRandom(1)
  const sorted = (maxBytes: number, count: number) =>
    divideMaxBytes(maxBytes, count, random).toSorted((a, b) => a - b)
  expect(sorted(100, 3)).toEqual([33, 33, 34])
  expect(sorted(2, 5)).toEqual([0, 0, 0, 1, 1])
})

test('a session adds and forgets partitions', async () => {
  const cluster = await startShareCluster()
  for (const partition of [0, 1]) await produce(cluster, 'orders', batch(['a']), { partition })
  const member = await cluster.member('m')
  await member.fetch({ maxWaitMs: 500 })
  const added = await member.fetchResponse({ partitions: [1], maxWaitMs: 500 })
  expect(added.responses[0]!.partitions).toMatchObject([{ partitionIndex: 1, errorCode: 0 }])
  await produce(cluster, 'orders', batch(['b']), { partition: 0 })
  await produce(cluster, 'orders', batch(['b']), { partition: 1 })
  const remaining = await member.fetchResponse({ forgotten: [0] })
  expect(remaining.responses[0]!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([
    1,
  ])
})

test('the number of records is limited over all partitions', async () => {
  const cluster = await startShareCluster()
  for (const partition of [0, 1]) {
    await produce(cluster, 'orders', batch(['a', 'b', 'c']), { partition })
  }
  const member = await cluster.member('m')
  await member.fetchResponse({ partitions: [0, 1] })
  await settle()
  const limit = { maxRecords: 4, shareAcquireMode: 1, maxWaitMs: 500 }
  const { responses } = await member.fetchResponse(limit)
  const counts = responses[0]!.partitions.map((partition) => acquiredOf(partition))
  expect(counts.flat().reduce((sum, [first, last]) => sum + last! - first! + 1, 0)).toBe(4)
})

test('a new session of a member on another connection replaces the old one', async () => {
  const cluster = await startShareCluster()
  await produce(cluster, 'orders', batch(['a']))
  const before = await cluster.member('m')
  expect(await before.acquire({ maxWaitMs: 500 })).toEqual([[0, 0, 1]])
  const after = await cluster.member('m')
  await after.fetch()
  before.connection.close()
  await settle()
  expect(await after.acknowledge([[0, 0, Ack.Accept]])).toMatchObject({ errorCode: 0 })
})

test('share.version 0 ends all sessions', async () => {
  const cluster = await startShareCluster()
  const member = await cluster.member('m')
  await member.fetch()
  await cluster.call(UpdateFeatures, 1, {
    timeoutMs: 1000,
    featureUpdates: [
      { feature: 'share.version', maxVersionLevel: 0, allowDowngrade: false, upgradeType: 3 },
    ],
    validateOnly: false,
  })
  expect((await member.fetchResponse()).errorCode).toBe(ErrorCode.UnsupportedVersion)
  expect((await member.acknowledgeResponse([[0, 0, Ack.Accept]])).errorCode).toBe(
    ErrorCode.UnsupportedVersion,
  )
})
