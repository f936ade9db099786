import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { CreateTopics } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { batch, leaders, produce, topicId, type Caller } from '../support.ts'

interface Wish {
  name?: string
  numPartitions?: number
  replicationFactor?: number
  assignments?: { partitionIndex: number; brokerIds: number[] }[]
  configs?: { name: string; value: string | null }[]
}

async function create(caller: Caller, wishes: Wish[], version = 7, validateOnly = false) {
  const topics = wishes.map((wish) => ({
    name: 'new',
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
    ...wish,
  }))
  return (await caller.call(CreateTopics, version, { topics, validateOnly })).topics
}

test.each([2, 3, 4, 5, 6, 7])(
  'a topic can be produced to when version %i is answered',
  async (version) => {
    const cluster = await startTestCluster()
    const [created] = await create(cluster, [{ numPartitions: 3 }], version)
    expect(created).toMatchObject({
      name: 'new',
      errorCode: ErrorCode.None,
      numPartitions: version < 5 ? -1 : 3,
      replicationFactor: version < 5 ? -1 : 1,
    })
    expect(created!.configs?.length ?? 0).toBe(version < 5 ? 0 : 37)
    if (version === 7) expect(created!.topicId).toBe(await topicId(cluster, 'new'))
    const produced = await produce(cluster, 'new', batch(['a']), { partition: 2 })
    expect(produced.errorCode).toBe(ErrorCode.None)
  },
)

test('-1 partitions and replicas mean num.partitions and default.replication.factor (KIP-464)', async () => {
  const cluster = await startTestCluster({ config: { 'num.partitions': 5 } })
  await create(cluster, [{ numPartitions: -1, replicationFactor: -1 }])
  expect(await leaders(cluster, 'new')).toHaveLength(5)
})

test.each<[string, Wish, number]>([
  ['TOPIC_ALREADY_EXISTS', { name: 'orders' }, ErrorCode.TopicAlreadyExists],
  ['INVALID_TOPIC_EXCEPTION', { name: 'a b' }, ErrorCode.InvalidTopicException],
  ['INVALID_PARTITIONS', { numPartitions: 0 }, ErrorCode.InvalidPartitions],
  ['INVALID_REPLICATION_FACTOR', { replicationFactor: 2 }, ErrorCode.InvalidReplicationFactor],
  ['INVALID_CONFIG', { configs: [{ name: 'nonsense', value: '1' }] }, ErrorCode.InvalidConfig],
  [
    'INVALID_REPLICA_ASSIGNMENT',
    {
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: [9] }],
    },
    ErrorCode.InvalidReplicaAssignment,
  ],
])('answers %s with a message, and creates the others', async (_, wish, errorCode) => {
  const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
  const topics = await create(cluster, [wish, { name: 'good' }])
  const refused = topics.find(({ name }) => name !== 'good')!
  expect(refused.errorCode).toBe(errorCode)
  expect(refused.errorMessage).not.toBeNull()
  expect(topics.find(({ name }) => name === 'good')!.errorCode).toBe(ErrorCode.None)
})

test('a repeated topic: INVALID_REQUEST', async () => {
  const cluster = await startTestCluster()
  expect(await create(cluster, [{}, {}])).toMatchObject([
    { name: 'new', errorCode: ErrorCode.InvalidRequest },
  ])
})

test('validateOnly returns the result, and creates nothing', async () => {
  const cluster = await startTestCluster()
  expect(await create(cluster, [{ numPartitions: 2 }], 7, true)).toMatchObject([
    { errorCode: ErrorCode.None, numPartitions: 2 },
  ])
  expect(await leaders(cluster, 'new')).toEqual([])
})

test('every broker accepts the request, and then every broker knows the topic', async () => {
  const cluster = await startTestCluster({ brokers: 3 })
  await create(await cluster.connect(3), [{ numPartitions: 3 }])
  const known = await leaders(await cluster.connect(2), 'new')
  expect(known.sort()).toEqual([1, 2, 3])
})
