import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Metadata } from '../../../src/protocol/messages/index.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'
import {
  createTopic,
  deleteTopic,
  leaders,
  metadataRequest,
  produce,
  batch,
  topicId,
  UNKNOWN_TOPIC_ID,
} from '../support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 3 }, { name: 'payments' }] }
const NOT_ASKED = -(2 ** 31)

type Asked = Parameters<typeof metadataRequest>[0]

async function topicsOf(cluster: TestCluster, asked: Asked, version = 12, autoCreate = false) {
  const { topics } = await cluster.call(Metadata, version, metadataRequest(asked, autoCreate))
  return topics
}

async function errorsOf(cluster: TestCluster, asked: Asked, version = 12, autoCreate = false) {
  const topics = await topicsOf(cluster, asked, version, autoCreate)
  return topics.map(({ name, errorCode }) => [name, errorCode])
}

describe('Metadata', () => {
  test('returns the brokers, the controller, the cluster and the leader of each partition', async () => {
    const cluster = await startTestCluster(ORDERS)
    const { brokers, clusterId, controllerId, topics } = await cluster.call(
      Metadata,
      12,
      metadataRequest([{ name: 'payments' }]),
    )
    const { host, port } = cluster.cluster.brokers[0]!
    expect(brokers).toEqual([{ nodeId: 1, host, port, rack: null }])
    expect(clusterId).toBe(cluster.cluster.clusterId)
    expect(controllerId).toBe(1)
    expect(topics).toMatchObject([
      {
        errorCode: ErrorCode.None,
        name: 'payments',
        isInternal: false,
        topicAuthorizedOperations: NOT_ASKED,
        partitions: [
          {
            errorCode: ErrorCode.None,
            partitionIndex: 0,
            leaderId: 1,
            leaderEpoch: 0,
            replicaNodes: [1],
            isrNodes: [1],
            offlineReplicas: [],
          },
        ],
      },
    ])
  })

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])(
    'describes a topic in version %i',
    async (version) => {
      const cluster = await startTestCluster(ORDERS)
      const [topic] = await topicsOf(cluster, [{ name: 'orders' }], version)
      expect(topic).toMatchObject({ errorCode: 0, name: 'orders' })
      expect(topic!.partitions.map(({ leaderEpoch }) => leaderEpoch)).toEqual(
        Array(3).fill(version < 7 ? -1 : 0),
      )
    },
  )

  test('returns all topics for null, and for an empty list in version 0 only', async () => {
    const cluster = await startTestCluster(ORDERS)
    expect((await topicsOf(cluster, null)).map(({ name }) => name).sort()).toEqual([
      'orders',
      'payments',
    ])
    expect(await topicsOf(cluster, [])).toEqual([])
    expect(await topicsOf(cluster, [], 0)).toHaveLength(2)
    expect(await topicsOf(cluster, [], 1)).toHaveLength(0)
  })

  test('answers UNKNOWN_TOPIC_OR_PARTITION and INVALID_TOPIC_EXCEPTION', async () => {
    const cluster = await startTestCluster(ORDERS)
    const invalid = ['', '.', '..', 'a b', 'é', 'x'.repeat(250)]
    expect(await errorsOf(cluster, [{ name: 'nothing' }])).toEqual([
      ['nothing', ErrorCode.UnknownTopicOrPartition],
    ])
    expect(
      await errorsOf(
        cluster,
        invalid.map((name) => ({ name })),
      ),
    ).toEqual(invalid.map((name) => [name, ErrorCode.InvalidTopicException]))
  })

  test('answers a repeated topic once', async () => {
    const cluster = await startTestCluster(ORDERS)
    const twice = ['orders', 'nothing', 'orders', 'nothing'].map((name) => ({ name }))
    expect(await errorsOf(cluster, twice)).toEqual([
      ['orders', ErrorCode.None],
      ['nothing', ErrorCode.UnknownTopicOrPartition],
    ])
  })

  test('returns authorized operations if requested (KIP-430)', async () => {
    const { call } = await startTestCluster(ORDERS)
    const asked = {
      ...metadataRequest([{ name: 'orders' }]),
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    }
    const { topics, clusterAuthorizedOperations } = await call(Metadata, 10, asked)
    const operations = (bits: number) =>
      [...bits.toString(2)].reverse().flatMap((b, i) => (+b ? i : []))
    expect(operations(topics[0]!.topicAuthorizedOperations)).toEqual([3, 4, 5, 6, 7, 8, 10, 11])
    expect(operations(clusterAuthorizedOperations)).toEqual([5, 7, 8, 9, 10, 11, 12])
  })

  test('returns every broker, and spreads leaders over them', async () => {
    const cluster = await startTestCluster({
      brokers: 3,
      topics: [{ name: 'wide', partitions: 6 }],
    })
    const { brokers } = await cluster.call(Metadata, 12, metadataRequest([]))
    expect(brokers.map(({ nodeId, port }) => ({ id: nodeId, port }))).toEqual(
      cluster.cluster.brokers.map(({ id, port }) => ({ id, port })),
    )
    const leaderIds = await leaders(cluster, 'wide')
    expect([1, 2, 3].map((id) => leaderIds.filter((leader) => leader === id).length)).toEqual([
      2, 2, 2,
    ])
    for (const id of [2, 3])
      expect(await leaders(await cluster.connect(id), 'wide')).toEqual(leaderIds)
  })
})

describe('Metadata by topic id (KIP-516)', () => {
  test('finds the topic from version 12 on, or answers UNKNOWN_TOPIC_ID', async () => {
    const cluster = await startTestCluster(ORDERS)
    const asked = [
      { name: null, topicId: await topicId(cluster, 'orders') },
      { name: null, topicId: UNKNOWN_TOPIC_ID },
    ]
    expect(await errorsOf(cluster, asked)).toEqual([
      [null, ErrorCode.UnknownTopicId],
      ['orders', ErrorCode.None],
    ])
    expect((await topicsOf(cluster, asked))[0]!.topicId).toBe(UNKNOWN_TOPIC_ID)
  })

  test('returns authorized operations for existing topics only, and for unknown names', async () => {
    const { call } = await startTestCluster(ORDERS)
    const operationsOf = async (topics: readonly { name: string | null; topicId?: string }[]) => {
      const request = { ...metadataRequest(topics), includeTopicAuthorizedOperations: true }
      const response = await call(Metadata, 12, request)
      return response.topics.map(({ topicAuthorizedOperations: all }) => all !== NOT_ASKED)
    }
    const unknownId = { name: null, topicId: UNKNOWN_TOPIC_ID }
    const known = { name: null, topicId: await topicId({ call }, 'orders') }
    expect(await operationsOf([unknownId, known])).toEqual([false, true])
    expect(await operationsOf([{ name: 'unknown' }, { name: 'orders' }])).toEqual([true, true])
  })

  test('uses only the ids if there is one', async () => {
    const cluster = await startTestCluster(ORDERS)
    const id = await topicId(cluster, 'orders')
    const asked = [
      { name: 'nothing', topicId: id },
      { name: 'payments' },
      { name: null, topicId: id },
    ]
    expect(await errorsOf(cluster, asked)).toEqual([['orders', ErrorCode.None]])
  })

  test.each([10, 11])(
    'is refused in version %i: INVALID_REQUEST, and nothing else',
    async (version) => {
      const cluster = await startTestCluster(ORDERS)
      const asked = [{ name: 'orders', topicId: await topicId(cluster, 'orders') }, { name: null }]
      const { brokers, topics } = await cluster.call(Metadata, version, metadataRequest(asked))
      expect(brokers).toEqual([])
      expect(topics).toMatchObject([
        { name: 'orders', errorCode: ErrorCode.InvalidRequest, partitions: [] },
        { name: '', errorCode: ErrorCode.InvalidRequest, partitions: [] },
      ])
    },
  )

  test('expects a name or an id: UNKNOWN_SERVER_ERROR', async () => {
    const cluster = await startTestCluster(ORDERS)
    expect(await errorsOf(cluster, [{ name: null }, { name: 'orders' }])).toEqual([
      ['', ErrorCode.UnknownServerError],
      ['orders', ErrorCode.UnknownServerError],
    ])
    const { errorCode } = await cluster.call(Metadata, 13, metadataRequest([{ name: null }]))
    expect(errorCode).toBe(ErrorCode.UnknownServerError)
  })
})

describe('automatic creation', () => {
  const asked = [{ name: 'new' }]

  test('creates a topic with num.partitions, which the test profile returns immediately', async () => {
    const cluster = await startTestCluster({ config: { 'num.partitions': 4 } })
    const [topic] = await topicsOf(cluster, asked, 12, true)
    expect(topic).toMatchObject({ errorCode: ErrorCode.None, name: 'new' })
    expect(topic!.partitions).toHaveLength(4)
    expect(await produce(cluster, 'new', batch(['a']), { partition: 3 })).toMatchObject({
      errorCode: 0,
    })
  })

  test('answers UNKNOWN_TOPIC_OR_PARTITION first in the faithful profile, and the topic afterwards', async () => {
    const cluster = await startTestCluster({ profile: 'faithful' })
    expect(await errorsOf(cluster, asked, 12, true)).toEqual([
      ['new', ErrorCode.UnknownTopicOrPartition],
    ])
    expect(await errorsOf(cluster, asked)).toEqual([['new', ErrorCode.None]])
  })

  test('answers UNKNOWN_TOPIC_OR_PARTITION first for a topic that was just deleted, from every broker', async () => {
    const cluster = await startTestCluster({ brokers: 2 })
    const connection = await cluster.connect(2)
    const other: TestCluster = { ...cluster, call: (...request) => connection.call(...request) }
    for (const caller of [cluster, other]) {
      await createTopic(cluster, 'new')
      await deleteTopic(cluster, 'new')
      expect(await errorsOf(caller, asked, 12, true)).toEqual([
        ['new', ErrorCode.UnknownTopicOrPartition],
      ])
      expect(await errorsOf(caller, asked, 12, true)).toEqual([['new', ErrorCode.None]])
      await deleteTopic(cluster, 'new')
    }
    await cluster.clock.advance(5 * 60_000)
    expect(await errorsOf(cluster, asked, 12, true)).toEqual([['new', ErrorCode.None]])
  })

  test('always happens before version 4', async () => {
    const cluster = await startTestCluster()
    expect(await errorsOf(cluster, asked, 3)).toEqual([['new', ErrorCode.None]])
  })

  test('does not happen if the client or auto.create.topics.enable forbids it', async () => {
    const unknown = [['new', ErrorCode.UnknownTopicOrPartition]]
    const cluster = await startTestCluster({ config: { 'auto.create.topics.enable': false } })
    expect(await errorsOf(cluster, asked, 12, true)).toEqual(unknown)
    const willing = await startTestCluster()
    expect(await errorsOf(willing, asked, 12, false)).toEqual(unknown)
    for (const { call } of [cluster, willing])
      expect((await call(Metadata, 12, metadataRequest(null))).topics).toEqual([])
  })

  test('creates no topic that would collide with another: UNKNOWN_TOPIC_OR_PARTITION', async () => {
    const cluster = await startTestCluster()
    await createTopic(cluster, 'a.b')
    for (const autoCreate of [false, true]) {
      expect(await errorsOf(cluster, [{ name: 'a_b' }], 12, autoCreate)).toEqual([
        ['a_b', ErrorCode.UnknownTopicOrPartition],
      ])
    }
  })

  test('creates an internal topic as the brokers would', async () => {
    const config = { 'offsets.topic.num.partitions': 7 }
    const cluster = await startTestCluster({ config })
    const [topic] = await topicsOf(cluster, [{ name: '__consumer_offsets' }], 12, true)
    expect(topic).toMatchObject({ errorCode: 0, isInternal: true })
    expect(topic!.partitions).toHaveLength(7)
  })
})
