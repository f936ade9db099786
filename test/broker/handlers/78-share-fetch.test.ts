import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DeleteRecords } from '../../../src/protocol/messages/index.ts'
import { Ack, acquiredOf, recordsOf, startShareCluster } from '../share/share-kit.ts'
import {
  batch,
  deleteTopic,
  isPending,
  leaders,
  produce,
  settle,
  UNKNOWN_TOPIC_ID,
} from '../support.ts'

describe('ShareFetch', () => {
  test.each([1, 2])('acquires records in version %i', async (version) => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a', 'b', 'c']))
    const member = await cluster.member('m')
    const waiting = member.fetchResponse({ version, maxWaitMs: 500 })
    expect(await waiting).toEqual({
      throttleTimeMs: 0,
      errorCode: ErrorCode.None,
      errorMessage: null,
      acquisitionLockTimeoutMs: 30_000,
      responses: [
        {
          topicId: cluster.topicId,
          partitions: [
            {
              partitionIndex: 0,
              errorCode: ErrorCode.None,
              errorMessage: null,
              acknowledgeErrorCode: ErrorCode.None,
              acknowledgeErrorMessage: null,
              currentLeader: { leaderId: 0, leaderEpoch: 0 },
              records: expect.any(Uint8Array) as Uint8Array,
              acquiredRecords: [{ firstOffset: 0, lastOffset: 2, deliveryCount: 1 }],
            },
          ],
        },
      ],
      nodeEndpoints: [],
    })
  })

  test('gives each record to one member, until it is released', async () => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a', 'b']))
    await produce(cluster, 'orders', batch(['c']))
    const first = await cluster.member('first')
    const second = await cluster.member('second')
    expect(await first.acquire({ maxWaitMs: 500, maxRecords: 1 })).toEqual([[0, 1, 1]])
    const partition = await second.fetch({ maxWaitMs: 500 })
    expect(acquiredOf(partition)).toEqual([[2, 2, 1]])
    expect(recordsOf(partition)).toEqual(['c'])
    expect(await second.fetch()).toBeUndefined()
    expect(await first.acknowledge([[0, 0, Ack.Release]])).toMatchObject({ errorCode: 0 })
    const again = await second.fetch()
    expect(acquiredOf(again)).toEqual([[0, 0, 2]])
    expect(recordsOf(again)).toEqual(['a', 'b'])
  })

  test('waits for a record', async () => {
    const cluster = await startShareCluster()
    const member = await cluster.member('m')
    const waiting = member.acquire({ maxWaitMs: 500 })
    expect(await isPending(waiting)).toBe(true)
    await produce(cluster, 'orders', batch(['a']))
    expect(await waiting).toEqual([[0, 0, 1]])
  })

  test('waits until another member releases a record', async () => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a']))
    const first = await cluster.member('first')
    const second = await cluster.member('second')
    expect(await first.acquire({ maxWaitMs: 500 })).toEqual([[0, 0, 1]])
    const waiting = second.acquire({ maxWaitMs: 500 })
    expect(await isPending(waiting)).toBe(true)
    await first.acknowledge([[0, 0, Ack.Release]])
    expect(await waiting).toEqual([[0, 0, 2]])
  })

  test('waits until the lock of another member expires', async () => {
    const cluster = await startShareCluster()
    await cluster.configure({ 'share.record.lock.duration.ms': '15000' })
    await produce(cluster, 'orders', batch(['a']))
    const first = await cluster.member('first')
    const second = await cluster.member('second')
    const { acquisitionLockTimeoutMs } = await first.fetchResponse({ maxWaitMs: 500 })
    expect(acquisitionLockTimeoutMs).toBe(15_000)
    const waiting = second.acquire({ maxWaitMs: 60_000 })
    await settle()
    await cluster.clock.advance(14_999)
    expect(await isPending(waiting)).toBe(true)
    await cluster.clock.advance(1)
    expect(await waiting).toEqual([[0, 0, 2]])
    expect(await first.acknowledge([[0, 0, Ack.Accept]])).toEqual({
      errorCode: ErrorCode.InvalidRecordState,
      errorMessage: 'Member is not the owner of batch record',
    })
  })

  test('returns nothing when the time is over', async () => {
    const cluster = await startShareCluster()
    const member = await cluster.member('m')
    const waiting = member.fetch({ maxWaitMs: 500 })
    await settle()
    await cluster.clock.advance(500)
    expect(await waiting).toMatchObject({ errorCode: ErrorCode.None, acquiredRecords: [] })
    const next = member.fetchResponse({ maxWaitMs: 500 })
    await settle()
    await cluster.clock.advance(500)
    expect(await next).toMatchObject({ errorCode: ErrorCode.None, responses: [] })
  })

  test('acknowledges before it fetches', async () => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a']))
    await produce(cluster, 'orders', batch(['b']))
    const member = await cluster.member('m')
    expect(await member.acquire({ maxWaitMs: 500, maxRecords: 1 })).toEqual([[0, 0, 1]])
    const partition = await member.fetch({ acks: [[0, 0, Ack.Accept]] })
    expect(acquiredOf(partition)).toEqual([[1, 1, 1]])
    expect(await member.fetch({ acks: [[0, 0, Ack.Accept]] })).toMatchObject({
      errorCode: ErrorCode.None,
      acknowledgeErrorCode: ErrorCode.None,
    })
    expect(await member.fetch({ acks: [[1, 5, Ack.Accept]] })).toMatchObject({
      acknowledgeErrorCode: ErrorCode.InvalidRequest,
      acknowledgeErrorMessage:
        'Batch record not found. The last offset in request is past acquired records.',
    })
  })

  test('ends a session, and releases its records', async () => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a']))
    const first = await cluster.member('first')
    const second = await cluster.member('second')
    expect(await first.acquire({ maxWaitMs: 500 })).toEqual([[0, 0, 1]])
    expect(await first.fetchResponse({ epoch: -1, partitions: [] })).toMatchObject({
      errorCode: ErrorCode.None,
      responses: [],
    })
    expect(await second.acquire({ maxWaitMs: 500 })).toEqual([[0, 0, 2]])
    expect(await first.fetchResponse({ epoch: -1, partitions: [] })).toMatchObject({
      errorCode: ErrorCode.ShareSessionNotFound,
    })
  })

  test('releases the records of a connection that closes', async () => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a']))
    const first = await cluster.member('first')
    const second = await cluster.member('second')
    expect(await first.acquire({ maxWaitMs: 500 })).toEqual([[0, 0, 1]])
    const waiting = second.acquire({ maxWaitMs: 500 })
    expect(await isPending(waiting)).toBe(true)
    first.connection.close()
    expect(await waiting).toEqual([[0, 0, 2]])
  })

  test('refuses wrong epochs and members', async () => {
    const cluster = await startShareCluster()
    const member = await cluster.member('m')
    expect(await member.fetchResponse({ epoch: 3 })).toEqual({
      throttleTimeMs: 0,
      errorCode: ErrorCode.ShareSessionNotFound,
      errorMessage: null,
      acquisitionLockTimeoutMs: 0,
      responses: [],
      nodeEndpoints: [],
    })
    await member.fetch({ epoch: 0, partitions: [0] })
    expect((await member.fetchResponse({ epoch: 2 })).errorCode).toBe(
      ErrorCode.InvalidShareSessionEpoch,
    )
    const acks = [[0, 0, Ack.Accept]] as const
    expect((await member.fetchResponse({ epoch: 0, acks })).errorCode).toBe(
      ErrorCode.InvalidRequest,
    )
    const nameless = await cluster.member('')
    expect((await nameless.fetchResponse()).errorCode).toBe(ErrorCode.InvalidRequest)
    const long = await cluster.member('m'.repeat(37))
    expect((await long.fetchResponse()).errorCode).toBe(ErrorCode.InvalidRequest)
  })

  test('refuses a session above the limit when the time is over', async () => {
    const cluster = await startShareCluster({
      config: { 'group.share.max.share.sessions': '1', 'group.share.max.size': '1' },
    })
    await (await cluster.member('first')).fetch()
    const waiting = (await cluster.member('second')).fetchResponse({ maxWaitMs: 500 })
    expect(await isPending(waiting)).toBe(true)
    await cluster.clock.advance(500)
    expect((await waiting).errorCode).toBe(ErrorCode.ShareSessionLimitReached)
  })

  test('refuses unknown topics and partitions, and goes on with the others', async () => {
    const cluster = await startShareCluster()
    const member = await cluster.member('m')
    expect(await member.fetch({ topicId: UNKNOWN_TOPIC_ID })).toMatchObject({
      errorCode: ErrorCode.UnknownTopicId,
    })
    expect(await member.fetch({ epoch: 0, partitions: [7] })).toMatchObject({
      errorCode: ErrorCode.UnknownTopicOrPartition,
    })
  })

  test('names the leader if it is another broker', async () => {
    const cluster = await startShareCluster({ brokers: 2 })
    const leaderIds = await leaders(cluster, 'orders')
    const other = leaderIds[0] === 1 ? 2 : 1
    const member = await cluster.member('m', other)
    const { responses, nodeEndpoints } = await member.fetchResponse()
    expect(responses[0]!.partitions[0]).toMatchObject({
      errorCode: ErrorCode.NotLeaderOrFollower,
      currentLeader: { leaderId: leaderIds[0], leaderEpoch: 0 },
    })
    expect(nodeEndpoints.map(({ nodeId }) => nodeId)).toEqual([leaderIds[0]])
  })

  test('refuses a group whose state was not initialized', async () => {
    const cluster = await startShareCluster({ topics: [{ name: 'orders', partitions: 3 }] })
    const member = await cluster.member('m')
    const waiting = member.fetch({ partitions: [2], maxWaitMs: 500 })
    await settle()
    await cluster.clock.advance(500)
    expect((await waiting)!.errorCode).not.toBe(ErrorCode.None)
  })

  test('limits the records, or acquires whole batches', async () => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a', 'b', 'c', 'd', 'e']))
    const first = await cluster.member('first')
    const second = await cluster.member('second')
    const limit = { maxWaitMs: 500, maxRecords: 2, shareAcquireMode: 1 }
    expect(await first.acquire(limit)).toEqual([[0, 1, 1]])
    expect(await second.acquire(limit)).toEqual([[2, 3, 1]])
    expect(await second.fetchResponse({ shareAcquireMode: 9 })).toMatchObject({
      errorCode: ErrorCode.UnknownServerError,
      responses: [],
    })
    expect(await first.acquire({ maxRecords: 1 })).toEqual([[4, 4, 1]])
  })

  test('moves to the log start offset', async () => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a']))
    await produce(cluster, 'orders', batch(['b']))
    await cluster.call(DeleteRecords, 2, {
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 1 }] }],
      timeoutMs: 1000,
    })
    const member = await cluster.member('m')
    expect(await member.fetch({ maxWaitMs: 500 })).toMatchObject({ errorCode: ErrorCode.None })
    expect(await member.acquire()).toEqual([[1, 1, 1]])
  })

  test('fences the partition when its topic is deleted', async () => {
    const cluster = await startShareCluster()
    await produce(cluster, 'orders', batch(['a']))
    const member = await cluster.member('m')
    await member.acquire({ maxWaitMs: 500 })
    await deleteTopic(cluster, 'orders')
    expect(await member.acknowledge([[0, 0, Ack.Accept]])).toMatchObject({
      errorCode: ErrorCode.UnknownTopicId,
    })
    expect(await member.fetch()).toMatchObject({ errorCode: ErrorCode.UnknownTopicOrPartition })
  })
})
