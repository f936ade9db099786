import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Ack, startShareCluster, type Acks, type ShareCluster } from '../share/share-kit.ts'
import { batch, produce } from '../support.ts'

const DONE = { errorCode: ErrorCode.None, errorMessage: null }

const invalidState = (errorMessage: string) => ({
  errorCode: ErrorCode.InvalidRecordState,
  errorMessage,
})

/** Starts a cluster with five records in one batch, which a member has acquired. */
async function startAcquired(options: object = {}) {
  const cluster = await startShareCluster(options)
  await produce(cluster, 'orders', batch(['a', 'b', 'c', 'd', 'e']))
  const member = await cluster.member('m')
  expect(await member.acquire({ maxWaitMs: 500 })).toEqual([[0, 4, 1]])
  return { cluster, member }
}

/** Returns what another member acquires. */
async function acquireElse(cluster: ShareCluster, memberId = 'other'): Promise<number[][]> {
  const other = await cluster.member(memberId)
  return other.acquire({ maxWaitMs: 0 })
}

describe('ShareAcknowledge', () => {
  test.each([
    [1, 0],
    [2, 30_000],
  ])('accepts records in version %i', async (version, acquisitionLockTimeoutMs) => {
    const { cluster, member } = await startAcquired()
    const response = await member.acknowledgeResponse([[0, 4, Ack.Accept]], { version })
    expect(response).toEqual({
      throttleTimeMs: 0,
      errorCode: ErrorCode.None,
      errorMessage: null,
      acquisitionLockTimeoutMs,
      responses: [
        {
          topicId: cluster.topicId,
          partitions: [
            { partitionIndex: 0, ...DONE, currentLeader: { leaderId: 0, leaderEpoch: 0 } },
          ],
        },
      ],
      nodeEndpoints: [],
    })
    expect(await acquireElse(cluster)).toEqual([])
  })

  test('releases and rejects single records', async () => {
    const { cluster, member } = await startAcquired()
    const types = [Ack.Accept, Ack.Release, Ack.Reject, Ack.Gap, Ack.Release]
    expect(await member.acknowledge([[0, 4, ...types]])).toEqual(DONE)
    expect(await acquireElse(cluster)).toEqual([
      [1, 1, 2],
      [4, 4, 2],
    ])
  })

  test('archives a record that was delivered too often', async () => {
    const cluster = await startShareCluster()
    await cluster.configure({ 'share.delivery.count.limit': '2' })
    await produce(cluster, 'orders', batch(['a']))
    const member = await cluster.member('m')
    for (const count of [1, 2]) {
      expect(await member.acquire({ maxWaitMs: 500 })).toEqual([[0, 0, count]])
      expect(await member.acknowledge([[0, 0, Ack.Release]])).toEqual(DONE)
    }
    expect(await member.acquire()).toEqual([])
  })

  test('renews a lock', async () => {
    const { cluster, member } = await startAcquired()
    await cluster.clock.advance(20_000)
    expect(await member.acknowledge([[0, 1, Ack.Renew]], { isRenewAck: true })).toEqual(DONE)
    await cluster.clock.advance(20_000)
    expect(await acquireElse(cluster)).toEqual([[2, 4, 2]])
    await cluster.clock.advance(10_000)
    expect(await acquireElse(cluster, 'third')).toEqual([[0, 1, 2]])
  })

  test('refuses to renew a lock if the group forbids it', async () => {
    const { cluster, member } = await startAcquired()
    await cluster.configure({ 'share.renew.acknowledge.enable': 'false' })
    expect(await member.acknowledge([[0, 4, Ack.Renew]], { isRenewAck: true })).toEqual(
      invalidState('Renewing acquisition locks is not enabled for the group.'),
    )
    expect(await member.acknowledge([[0, 4, Ack.Accept]])).toEqual(DONE)
  })

  test.each<[string, Acks, { version?: number; isRenewAck?: boolean }]>([
    ['ends before it starts', [[3, 2, Ack.Accept]], {}],
    [
      'begins before the last one',
      [
        [2, 3, 1],
        [1, 4, 1],
      ],
      {},
    ],
    ['has no type', [[0, 4]], {}],
    ['has a wrong number of types', [[0, 4, Ack.Accept, Ack.Accept]], {}],
    ['has an unknown type', [[0, 4, 5]], {}],
    ['has a negative type', [[0, 4, -1]], {}],
    ['renews in a request that does not renew', [[0, 4, Ack.Renew]], {}],
    ['renews in version 1', [[0, 4, Ack.Renew]], { version: 1 }],
  ])('refuses a batch that %s', async (_, acks, options) => {
    const { cluster, member } = await startAcquired()
    expect(await member.acknowledge(acks, options)).toEqual({
      errorCode: ErrorCode.InvalidRequest,
      errorMessage: null,
    })
    expect(await acquireElse(cluster)).toEqual([])
  })

  test('takes all acknowledgements of a partition back after an error', async () => {
    const { cluster, member } = await startAcquired()
    expect(
      await member.acknowledge([
        [0, 1, Ack.Release],
        [7, 8, Ack.Accept],
      ]),
    ).toEqual({
      errorCode: ErrorCode.InvalidRequest,
      errorMessage: 'Batch record not found. The first offset in request is past acquired records.',
    })
    expect(await acquireElse(cluster)).toEqual([])
    expect(await member.acknowledge([[0, 1, Ack.Accept]])).toEqual(DONE)
    expect(await member.acknowledge([[0, 1, Ack.Accept]])).toEqual(DONE)
    expect(await member.acknowledge([[2, 3, Ack.Release]])).toEqual(DONE)
    expect(await member.acknowledge([[2, 3, Ack.Release]])).toEqual(
      invalidState('The offset cannot be acknowledged. The offset is not acquired.'),
    )
  })

  test('refuses records of another member', async () => {
    const { cluster, member } = await startAcquired()
    const other = await cluster.member('other')
    await other.fetch()
    expect(await other.acknowledge([[0, 4, Ack.Accept]])).toEqual(
      invalidState('Member is not the owner of batch record'),
    )
    expect(await member.acknowledge([[0, 0, Ack.Accept]])).toEqual(DONE)
    expect(await other.acknowledge([[1, 1, Ack.Accept]])).toEqual(
      invalidState('Member is not the owner of offset'),
    )
  })

  test('refuses a partition that nobody has fetched', async () => {
    const { member } = await startAcquired()
    expect(await member.acknowledge([[0, 1, Ack.Accept]], { partition: 1 })).toEqual({
      errorCode: ErrorCode.UnknownTopicOrPartition,
      errorMessage: 'This server does not host this topic-partition.',
    })
    expect(await member.acknowledge([[0, 1, Ack.Accept]], { partition: 9 })).toEqual({
      errorCode: ErrorCode.UnknownTopicOrPartition,
      errorMessage: null,
    })
  })

  test('continues and ends the session', async () => {
    const { cluster, member } = await startAcquired()
    const acks: Acks = [[0, 2, Ack.Accept]]
    const errorOf = async (epoch: number) =>
      (await member.acknowledgeResponse(acks, { epoch })).errorCode
    expect(await errorOf(0)).toBe(ErrorCode.InvalidShareSessionEpoch)
    expect(await errorOf(5)).toBe(ErrorCode.InvalidShareSessionEpoch)
    expect(await errorOf(1)).toBe(ErrorCode.None)
    expect(await errorOf(-1)).toBe(ErrorCode.None)
    expect(await errorOf(-1)).toBe(ErrorCode.ShareSessionNotFound)
    expect(await acquireElse(cluster)).toEqual([[3, 4, 2]])
  })

  test('the stored state is loaded again after the last session of the group has ended', async () => {
    const { cluster, member } = await startAcquired()
    await member.acknowledge([
      [0, 0, Ack.Accept],
      [3, 3, Ack.Accept],
    ])
    member.connection.close()
    const other = await cluster.member('other')
    expect(await other.acquire({ maxWaitMs: 500 })).toEqual([
      [1, 2, 2],
      [4, 4, 2],
    ])
  })
})
