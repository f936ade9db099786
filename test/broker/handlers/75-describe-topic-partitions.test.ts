import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeTopicPartitions } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { topicId, type Caller } from '../support.ts'

const TOPICS = { topics: ['b', 'a', 'c'].map((name) => ({ name, partitions: 3 })) }

interface Cursor {
  topicName: string
  partitionIndex: number
}

/** Returns `[topic, error]` or `[topic, partitions]` of a page, and the start of the next page. */
async function page(
  caller: Caller,
  topics: string[],
  responsePartitionLimit?: number,
  cursor: Cursor | null = null,
) {
  const response = await caller.call(DescribeTopicPartitions, 0, {
    topics: topics.map((name) => ({ name })),
    ...(responsePartitionLimit !== undefined && { responsePartitionLimit }),
    cursor,
  })
  const told = response.topics.map(({ name, errorCode, partitions }) => [
    name,
    errorCode === ErrorCode.None
      ? partitions.map(({ partitionIndex }) => partitionIndex)
      : errorCode,
  ])
  return { told, nextCursor: response.nextCursor }
}

describe('DescribeTopicPartitions', () => {
  test('returns leader, replicas and eligible leader replicas of each partition', async () => {
    const cluster = await startTestCluster({ topics: [{ name: 'a' }] })
    const { topics } = await cluster.call(DescribeTopicPartitions, 0, { topics: [{ name: 'a' }] })
    expect(topics).toMatchObject([
      {
        errorCode: ErrorCode.None,
        name: 'a',
        topicId: await topicId(cluster, 'a'),
        isInternal: false,
        partitions: [
          {
            errorCode: ErrorCode.None,
            partitionIndex: 0,
            leaderId: 1,
            leaderEpoch: 0,
            replicaNodes: [1],
            isrNodes: [1],
            eligibleLeaderReplicas: [],
            lastKnownElr: [],
            offlineReplicas: [],
          },
        ],
      },
    ])
  })

  test('returns topics ordered by name, each once; no names mean all', async () => {
    const cluster = await startTestCluster(TOPICS)
    const all = [
      ['a', [0, 1, 2]],
      ['b', [0, 1, 2]],
      ['c', [0, 1, 2]],
    ]
    expect(await page(cluster, [])).toEqual({ told: all, nextCursor: null })
    expect(await page(cluster, ['c', 'b', 'c', 'a'])).toEqual({ told: all, nextCursor: null })
  })

  test('answers UNKNOWN_TOPIC_OR_PARTITION and INVALID_TOPIC_EXCEPTION', async () => {
    const cluster = await startTestCluster(TOPICS)
    expect((await page(cluster, ['a', 'a b', 'x'])).told).toEqual([
      ['a', [0, 1, 2]],
      ['a b', ErrorCode.InvalidTopicException],
      ['x', ErrorCode.UnknownTopicOrPartition],
    ])
  })

  test('returns all partitions page by page', async () => {
    const cluster = await startTestCluster(TOPICS)
    const seen: unknown[] = []
    let cursor: Cursor | null = null
    do {
      const { told, nextCursor } = await page(cluster, [], 2, cursor)
      seen.push(told)
      cursor = nextCursor
    } while (cursor !== null)
    expect(seen).toEqual([
      [['a', [0, 1]]],
      [
        ['a', [2]],
        ['b', [0]],
      ],
      [['b', [1, 2]]],
      [['c', [0, 1]]],
      [['c', [2]]],
    ])
  })

  test('a full page ends before the next topic, even one that does not exist', async () => {
    const cluster = await startTestCluster(TOPICS)
    expect(await page(cluster, ['a', 'b'], 3)).toEqual({
      told: [['a', [0, 1, 2]]],
      nextCursor: { topicName: 'b', partitionIndex: 0 },
    })
    expect(await page(cluster, ['a', 'x'], 3)).toEqual({
      told: [['a', [0, 1, 2]]],
      nextCursor: { topicName: 'x', partitionIndex: 0 },
    })
  })

  test.each([0, -1, 1])('a page of %i has one partition', async (limit) => {
    const cluster = await startTestCluster(TOPICS)
    expect((await page(cluster, ['a'], limit)).told).toEqual([['a', [0]]])
  })

  test('a cursor at a deleted topic starts with the next one', async () => {
    const cluster = await startTestCluster(TOPICS)
    expect((await page(cluster, [], 2, { topicName: 'aa', partitionIndex: 2 })).told).toEqual([
      ['b', [0, 1]],
    ])
    expect((await page(cluster, [], 2, { topicName: 'z', partitionIndex: 2 })).told).toEqual([])
  })

  test('a cursor must point at a named topic: INVALID_REQUEST', async () => {
    const cluster = await startTestCluster(TOPICS)
    const refused = {
      told: [
        ['a', ErrorCode.InvalidRequest],
        ['b', ErrorCode.InvalidRequest],
      ],
      nextCursor: null,
    }
    expect(await page(cluster, ['a', 'b'], 2, { topicName: 'c', partitionIndex: 0 })).toEqual(
      refused,
    )
    expect(await page(cluster, ['a', 'b'], 2, { topicName: 'a', partitionIndex: -1 })).toEqual(
      refused,
    )
  })
})
