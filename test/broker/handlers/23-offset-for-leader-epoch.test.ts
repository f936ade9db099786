import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { OffsetForLeaderEpoch } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { batch, fetchOne, leaders, listOffset, produce, type Caller, topicId } from '../support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 3 }] }
const UNDEFINED = { leaderEpoch: -1, endOffset: -1 }

async function endOf(
  caller: Caller,
  leaderEpoch: number,
  { topic = 'orders', partition = 0, currentLeaderEpoch = -1, version = 4 } = {},
) {
  const { topics } = await caller.call(OffsetForLeaderEpoch, version, {
    topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
  })
  const { errorCode, leaderEpoch: epoch, endOffset } = topics[0]!.partitions[0]!
  return { errorCode, leaderEpoch: epoch, endOffset }
}

test.each([2, 3, 4])(
  'the current epoch ends at the log end offset (version %i)',
  async (version) => {
    const cluster = await startTestCluster(ORDERS)
    await produce(cluster, 'orders', batch(['a', 'b']))
    expect(await endOf(cluster, 0, { version })).toEqual({
      errorCode: ErrorCode.None,
      leaderEpoch: 0,
      endOffset: 2,
    })
  },
)

test('a future epoch, or no epoch, is unknown', async () => {
  const cluster = await startTestCluster(ORDERS)
  await produce(cluster, 'orders', batch(['a']))
  for (const epoch of [-1, 5])
    expect(await endOf(cluster, epoch)).toEqual({ errorCode: ErrorCode.None, ...UNDEFINED })
})

test('restarts start new epochs, and a client can look up the ends of the old ones', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'odradek-epochs-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  for (let start = 0; start < 3; start++) {
    const cluster = await startTestCluster({ ...ORDERS, dataDir })
    await produce(cluster, 'orders', batch(['a', 'b']))
    if (start < 2) await cluster.cluster.close()
    else {
      expect(await endOf(cluster, 0)).toMatchObject({ leaderEpoch: 0, endOffset: 2 })
      expect(await endOf(cluster, 1)).toMatchObject({ leaderEpoch: 0, endOffset: 2 })
      expect(await endOf(cluster, 2)).toMatchObject({ leaderEpoch: 2, endOffset: 4 })
      expect(await endOf(cluster, 4)).toMatchObject({ leaderEpoch: 4, endOffset: 6 })
      expect(await endOf(cluster, 5)).toMatchObject(UNDEFINED)
      expect(await endOf(cluster, 2, { currentLeaderEpoch: 2 })).toEqual({
        errorCode: ErrorCode.FencedLeaderEpoch,
        ...UNDEFINED,
      })
      const stale = { currentLeaderEpoch: 2 }
      const ref = { topicId: await topicId(cluster, 'orders') }
      for (const [version, currentLeader] of [
        [12, { leaderId: -1, leaderEpoch: -1 }],
        [15, { leaderId: -1, leaderEpoch: -1 }],
        [16, { leaderId: 1, leaderEpoch: 4 }],
      ] as const) {
        const refused = await fetchOne(cluster, version > 12 ? ref : 'orders', stale, { version })
        expect(refused).toMatchObject({ errorCode: ErrorCode.FencedLeaderEpoch, currentLeader })
      }
      expect(
        await fetchOne(cluster, 'orders', { fetchOffset: 5, lastFetchedEpoch: 2 }),
      ).toMatchObject({ errorCode: ErrorCode.None, divergingEpoch: { epoch: 2, endOffset: 4 } })
      expect(await listOffset(cluster, 'orders', -2)).toMatchObject({ offset: 0, leaderEpoch: 0 })
      expect(await listOffset(cluster, 'orders', -1)).toMatchObject({ offset: 6, leaderEpoch: 4 })
    }
  }
})

test('answers UNKNOWN_TOPIC_OR_PARTITION and UNKNOWN_LEADER_EPOCH', async () => {
  const cluster = await startTestCluster(ORDERS)
  const unknown = { errorCode: ErrorCode.UnknownTopicOrPartition, ...UNDEFINED }
  expect(await endOf(cluster, 0, { topic: 'nothing' })).toEqual(unknown)
  expect(await endOf(cluster, 0, { partition: 9 })).toEqual(unknown)
  expect(await endOf(cluster, 0, { partition: -1 })).toEqual(unknown)
  expect(await endOf(cluster, 0, { currentLeaderEpoch: 7 })).toEqual({
    errorCode: ErrorCode.UnknownLeaderEpoch,
    ...UNDEFINED,
  })
})

test('a broker that does not lead the partition answers NOT_LEADER_OR_FOLLOWER', async () => {
  const cluster = await startTestCluster({ ...ORDERS, brokers: 3 })
  const partition = (await leaders(cluster, 'orders')).findIndex((leader) => leader !== 1)
  expect(await endOf(cluster, 0, { partition })).toEqual({
    errorCode: ErrorCode.NotLeaderOrFollower,
    ...UNDEFINED,
  })
})
