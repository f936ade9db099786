import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DeleteRecords, ListOffsets } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { batch, leaders, listOffset, produce } from '../support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 3 }] }

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

const NOTHING = { errorCode: ErrorCode.None, offset: -1, timestamp: -1, leaderEpoch: -1 }

/**
 * Starts a cluster with offsets 0 to 3, with timestamps 1000, 3000, 2000 and 2500. The first record
 * is deleted.
 */
async function startWithRecords() {
  const cluster = await startTestCluster(ORDERS)
  await produce(cluster, 'orders', batch(['a', 'b', 'c'], { timestamps: [1000, 3000, 2000] }))
  await produce(cluster, 'orders', batch(['d'], { timestamps: [2500] }))
  await cluster.call(DeleteRecords, 2, {
    timeoutMs: 1000,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 1 }] }],
  })
  return cluster
}

describe('ListOffsets', () => {
  test.each([
    ['latest', LATEST, { offset: 4, timestamp: -1, leaderEpoch: 0 }],
    ['earliest', EARLIEST, { offset: 1, timestamp: -1, leaderEpoch: 0 }],
    ['the largest timestamp (KIP-734)', MAX_TIMESTAMP, { offset: 1, timestamp: 3000 }],
    [
      'earliest local, which is the earliest without tiers (KIP-405)',
      EARLIEST_LOCAL,
      { offset: 1 },
    ],
    ['latest tiered, which is none (KIP-1005)', LATEST_TIERED, NOTHING],
    ['earliest pending upload, which is none (KIP-1023)', EARLIEST_PENDING_UPLOAD, NOTHING],
  ])('finds %s', async (_, timestamp, found) => {
    const cluster = await startWithRecords()
    expect(await listOffset(cluster, 'orders', timestamp)).toMatchObject({
      errorCode: ErrorCode.None,
      ...found,
    })
  })

  test.each([
    [0, 1, 3000],
    [1000, 1, 3000],
    [3000, 1, 3000],
  ])('finds the first record from time %i on', async (timestamp, offset, found) => {
    const cluster = await startWithRecords()
    expect(await listOffset(cluster, 'orders', timestamp)).toEqual({
      errorCode: ErrorCode.None,
      offset,
      timestamp: found,
      leaderEpoch: 0,
    })
  })

  test('finds nothing after the last timestamp, and nothing in an empty partition but its ends', async () => {
    const cluster = await startWithRecords()
    expect(await listOffset(cluster, 'orders', 3001)).toEqual(NOTHING)
    const empty = { partitionIndex: 2 }
    expect(await listOffset(cluster, 'orders', 0, empty)).toEqual(NOTHING)
    expect(await listOffset(cluster, 'orders', MAX_TIMESTAMP, empty)).toEqual(NOTHING)
    for (const end of [LATEST, EARLIEST])
      expect(await listOffset(cluster, 'orders', end, empty)).toMatchObject({ offset: 0 })
  })

  test.each([
    [MAX_TIMESTAMP, 7],
    [EARLIEST_LOCAL, 8],
    [LATEST_TIERED, 9],
    [EARLIEST_PENDING_UPLOAD, 11],
    [-7, Infinity],
  ])(
    'accepts timestamp %i from version %i on: UNSUPPORTED_VERSION before',
    async (timestamp, first) => {
      const cluster = await startWithRecords()
      for (let version = 1; version <= 11; version++) {
        const { errorCode } = await listOffset(cluster, 'orders', timestamp, { version })
        expect(errorCode).toBe(version < first ? ErrorCode.UnsupportedVersion : ErrorCode.None)
      }
    },
  )

  test('returns the leader epoch from version 4 on', async () => {
    const cluster = await startWithRecords()
    const epochIn = async (version: number) =>
      (await listOffset(cluster, 'orders', LATEST, { version })).leaderEpoch
    expect([await epochIn(1), await epochIn(3), await epochIn(4)]).toEqual([-1, -1, 0])
  })

  test('read_committed: latest is the last stable offset', async () => {
    const cluster = await startWithRecords()
    expect(await listOffset(cluster, 'orders', LATEST, { isolationLevel: 1 })).toMatchObject({
      offset: 4,
    })
  })

  test('answers UNKNOWN_TOPIC_OR_PARTITION and UNKNOWN_LEADER_EPOCH', async () => {
    const cluster = await startWithRecords()
    const unknown = { ...NOTHING, errorCode: ErrorCode.UnknownTopicOrPartition }
    expect(await listOffset(cluster, 'nothing', LATEST)).toEqual(unknown)
    expect(await listOffset(cluster, 'orders', LATEST, { partitionIndex: 9 })).toEqual(unknown)
    expect(await listOffset(cluster, 'orders', LATEST, { partitionIndex: -1 })).toEqual(unknown)
    expect(await listOffset(cluster, 'orders', LATEST, { currentLeaderEpoch: 7 })).toEqual({
      ...NOTHING,
      errorCode: ErrorCode.UnknownLeaderEpoch,
    })
  })

  test('answers a repeated partition once, with INVALID_REQUEST', async () => {
    const { call } = await startWithRecords()
    const partitions = [0, 1, 0].map((partitionIndex) => ({ partitionIndex, timestamp: LATEST }))
    const { topics } = await call(ListOffsets, 11, {
      replicaId: -1,
      isolationLevel: 0,
      timeoutMs: 1000,
      topics: [{ name: 'orders', partitions }],
    })
    expect(topics[0]!.partitions.map((p) => [p.partitionIndex, p.errorCode, p.offset])).toEqual([
      [0, ErrorCode.InvalidRequest, -1],
      [1, ErrorCode.None, 0],
    ])
  })

  test('a broker that does not lead the partition answers NOT_LEADER_OR_FOLLOWER', async () => {
    const cluster = await startTestCluster({ ...ORDERS, brokers: 3 })
    const partitionIndex = (await leaders(cluster, 'orders')).findIndex((leader) => leader !== 1)
    expect(await listOffset(cluster, 'orders', LATEST, { partitionIndex })).toEqual({
      ...NOTHING,
      errorCode: ErrorCode.NotLeaderOrFollower,
    })
  })
})
