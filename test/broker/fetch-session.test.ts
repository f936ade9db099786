import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { DeleteRecords, Fetch } from '../../src/protocol/messages/index.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'
import {
  batch,
  createTopic,
  deleteTopic,
  fetchRequest,
  produce,
  topicId,
  UNKNOWN_TOPIC_ID,
  valuesOf,
  type FetchOptions,
  type FetchPartitionInput,
  type TopicRef,
} from './support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 4 }] }

interface Wishes {
  topic?: TopicRef
  partitions?: FetchPartitionInput[]
  forget?: number[]
  options?: FetchOptions
  version?: number
}

/** A consumer with a fetch session (KIP-227). */
class SessionClient {
  readonly #cluster: TestCluster
  sessionId = 0
  epoch = 0

  constructor(cluster: TestCluster) {
    this.#cluster = cluster
  }

  /**
   * Fetches with the next epoch of the session. Returns the partitions of the response:
   * `[partition, error or values]`.
   */
  async fetch(wishes: Wishes = {}) {
    const { topic = 'orders', partitions = [], forget = [], options = {}, version = 12 } = wishes
    const request = fetchRequest(partitions.length > 0 ? [{ topic, partitions }] : [], {
      sessionId: this.sessionId,
      sessionEpoch: this.epoch,
      forgotten: forget.length > 0 ? [{ topic, partitions: forget }] : [],
      ...options,
    })
    const { errorCode, sessionId, responses } = await this.#cluster.call(Fetch, version, request)
    if (errorCode === ErrorCode.None) {
      this.sessionId = sessionId
      this.epoch++
    }
    const told = responses.flatMap((response) =>
      response.partitions.map((partition) => [
        partition.partitionIndex,
        partition.errorCode === ErrorCode.None ? valuesOf(partition.records) : partition.errorCode,
      ]),
    )
    return { errorCode, sessionId, told }
  }
}

async function startSession(partitions: FetchPartitionInput[] = [{ partition: 0 }]) {
  const cluster = await startTestCluster(ORDERS)
  const client = new SessionClient(cluster)
  const opened = await client.fetch({ partitions })
  return { cluster, client, opened }
}

describe('a fetch session', () => {
  test('is opened by epoch 0, with a response that contains every partition', async () => {
    const { opened } = await startSession([{ partition: 0 }, { partition: 3 }])
    expect(opened.errorCode).toBe(ErrorCode.None)
    expect(opened.sessionId).toBeGreaterThan(0)
    expect(opened.told).toEqual([
      [0, []],
      [3, []],
    ])
  })

  test('is not opened by epoch -1', async () => {
    const cluster = await startTestCluster(ORDERS)
    const client = new SessionClient(cluster)
    client.epoch = -1
    const { sessionId, told } = await client.fetch({ partitions: [{}] })
    expect(sessionId).toBe(0)
    expect(told).toEqual([[0, []]])
  })

  test('returns only partitions that have changed', async () => {
    const { cluster, client } = await startSession([{ partition: 0 }, { partition: 1 }])
    expect((await client.fetch()).told).toEqual([])
    await produce(cluster, 'orders', batch(['a']), { partition: 1 })
    expect((await client.fetch()).told).toEqual([[1, ['a']]])
  })

  test('returns a partition again while it has records that the client has not fetched', async () => {
    const { cluster, client } = await startSession()
    await produce(cluster, 'orders', batch(['a']))
    expect((await client.fetch()).told).toEqual([[0, ['a']]])
    expect((await client.fetch()).told).toEqual([[0, ['a']]])
    expect((await client.fetch({ partitions: [{ fetchOffset: 1 }] })).told).toEqual([])
  })

  test('returns a moved high watermark and log start offset once', async () => {
    const { cluster, client } = await startSession([{ partition: 0, partitionMaxBytes: 1 }])
    await produce(cluster, 'orders', batch(['a']))
    await produce(cluster, 'orders', batch(['b']))
    await client.fetch({ partitions: [{ fetchOffset: 2 }] })
    expect((await client.fetch()).told).toEqual([])
    await cluster.call(DeleteRecords, 2, {
      timeoutMs: 1000,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 1 }] }],
    })
    expect((await client.fetch()).told).toEqual([[0, []]])
    expect((await client.fetch()).told).toEqual([])
  })

  test('returns an error again until it is gone, and then once more without it', async () => {
    const { client } = await startSession([{ fetchOffset: 5 }])
    expect((await client.fetch()).told).toEqual([[0, ErrorCode.OffsetOutOfRange]])
    expect((await client.fetch()).told).toEqual([[0, ErrorCode.OffsetOutOfRange]])
    expect((await client.fetch({ partitions: [{ fetchOffset: 0 }] })).told).toEqual([[0, []]])
    expect((await client.fetch()).told).toEqual([])
  })

  test('adds the added partitions and drops the forgotten ones', async () => {
    const { cluster, client } = await startSession()
    expect((await client.fetch({ partitions: [{ partition: 1 }], forget: [0] })).told).toEqual([
      [1, []],
    ])
    await produce(cluster, 'orders', batch(['a']), { partition: 0 })
    await produce(cluster, 'orders', batch(['b']), { partition: 1 })
    expect((await client.fetch()).told).toEqual([[1, ['b']]])
  })

  test('ends when its last partition is forgotten', async () => {
    const { client } = await startSession()
    const { sessionId } = client
    expect(await client.fetch({ forget: [0] })).toEqual({
      errorCode: ErrorCode.None,
      sessionId: 0,
      told: [],
    })
    client.sessionId = sessionId
    expect((await client.fetch()).errorCode).toBe(ErrorCode.FetchSessionIdNotFound)
  })

  test('serves partitions in turn, so that one with many records does not starve the others', async () => {
    const { cluster, client } = await startSession([{ partition: 0 }, { partition: 1 }])
    for (const partition of [0, 1])
      await produce(cluster, 'orders', batch([`in ${partition}`]), { partition })
    const one = { options: { maxBytes: 1 } }
    expect((await client.fetch(one)).told.filter(([, values]) => (values as []).length)).toEqual([
      [0, ['in 0']],
    ])
    expect((await client.fetch(one)).told).toContainEqual([1, ['in 1']])
    expect((await client.fetch(one)).told).toContainEqual([0, ['in 0']])
  })

  test('keeps one of two equal partitions', async () => {
    const { opened } = await startSession([{ fetchOffset: 0 }, { fetchOffset: 0 }])
    expect(opened.told).toEqual([[0, []]])
  })

  test('refuses an epoch that is not the next: INVALID_FETCH_SESSION_EPOCH, and continues with the right one', async () => {
    const { client } = await startSession()
    client.epoch = 5
    expect(await client.fetch()).toEqual({
      errorCode: ErrorCode.InvalidFetchSessionEpoch,
      sessionId: 0,
      told: [],
    })
    client.epoch = 1
    expect((await client.fetch()).errorCode).toBe(ErrorCode.None)
  })

  test('refuses an id that no session has: FETCH_SESSION_ID_NOT_FOUND', async () => {
    const { client } = await startSession()
    client.sessionId = 1
    expect((await client.fetch()).errorCode).toBe(ErrorCode.FetchSessionIdNotFound)
    client.sessionId = 0
    expect((await client.fetch()).errorCode).toBe(ErrorCode.FetchSessionIdNotFound)
  })

  test('is closed by epoch -1, whose response contains the requested partitions', async () => {
    const { client } = await startSession()
    const { sessionId } = client
    client.epoch = -1
    expect(await client.fetch({ partitions: [{}] })).toEqual({
      errorCode: ErrorCode.None,
      sessionId: 0,
      told: [[0, []]],
    })
    client.sessionId = sessionId
    client.epoch = 1
    expect((await client.fetch()).errorCode).toBe(ErrorCode.FetchSessionIdNotFound)
  })

  test('is replaced by a new one that the client opens with its id', async () => {
    const { client } = await startSession()
    const { sessionId } = client
    client.epoch = 0
    expect((await client.fetch({ partitions: [{}] })).sessionId).not.toBe(sessionId)
    client.sessionId = sessionId
    client.epoch = 1
    expect((await client.fetch()).errorCode).toBe(ErrorCode.FetchSessionIdNotFound)
  })
})

describe('a fetch session and topic ids (KIP-516)', () => {
  async function startById() {
    const cluster = await startTestCluster(ORDERS)
    const topic = { topicId: await topicId(cluster, 'orders') }
    const client = new SessionClient(cluster)
    await client.fetch({ topic, partitions: [{}], version: 13 })
    return { cluster, client }
  }

  test('has either ids or names until it is closed: FETCH_SESSION_TOPIC_ID_ERROR', async () => {
    const { client: byId } = await startById()
    expect((await byId.fetch()).errorCode).toBe(ErrorCode.FetchSessionTopicIdError)
    expect((await byId.fetch({ version: 13 })).errorCode).toBe(ErrorCode.None)
    const { client: byName } = await startSession()
    expect((await byName.fetch({ version: 13 })).errorCode).toBe(ErrorCode.FetchSessionTopicIdError)
  })

  test('returns an unknown topic id again until it is forgotten', async () => {
    const { client } = await startById()
    const topic = { topicId: UNKNOWN_TOPIC_ID }
    const unknown = [[0, ErrorCode.UnknownTopicId]]
    expect((await client.fetch({ topic, partitions: [{}], version: 13 })).told).toEqual(unknown)
    expect((await client.fetch({ version: 13 })).told).toEqual(unknown)
    expect((await client.fetch({ topic, forget: [0], version: 13 })).told).toEqual([])
  })

  test('returns UNKNOWN_TOPIC_OR_PARTITION when the topic is deleted', async () => {
    const { cluster, client } = await startById()
    await deleteTopic(cluster, 'orders')
    expect((await client.fetch({ version: 13 })).told).toEqual([
      [0, ErrorCode.UnknownTopicOrPartition],
    ])
  })

  test('does not read from another topic of the same name: INCONSISTENT_TOPIC_ID', async () => {
    const { cluster, client } = await startById()
    await deleteTopic(cluster, 'orders')
    await createTopic(cluster, 'orders')
    await produce(cluster, 'orders', batch(['a']))
    expect((await client.fetch({ version: 13 })).told).toEqual([[0, ErrorCode.InconsistentTopicId]])
    const topic = { topicId: await topicId(cluster, 'orders') }
    expect((await client.fetch({ topic, partitions: [{}], version: 13 })).told).toContainEqual([
      0,
      ['a'],
    ])
  })
})
