import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  DeleteTopics,
  Fetch,
  Metadata,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
} from '../../../src/protocol/messages/index.ts'
import type { TestCluster } from '../../support/test-cluster.ts'
import {
  commit,
  fetchRequest,
  metadataRequest,
  startGroupCluster,
  topicFields,
  topicId,
  UNKNOWN_TOPIC_ID,
  type TopicRef,
} from '../support.ts'

const OTHER_UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAABQ'

/** Names of topics that responses identify by id. */
const names = new Map([
  [UNKNOWN_TOPIC_ID, 'unknown'],
  [OTHER_UNKNOWN_ID, 'other'],
])

/** The requested topics and partitions, in order. */
type Asked<T> = readonly (readonly [topic: T, partitions: readonly number[]])[]

interface AnsweredTopic {
  readonly name: string
  readonly topicId?: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}

/** Returns each topic with its partitions and their errors: `orders[0:0 9:3]`. */
function orderOf(topics: readonly AnsweredTopic[]): string[] {
  return topics.map(({ name, topicId: id, partitions }) => {
    const outcomes = partitions.map((each) => `${each.partitionIndex}:${each.errorCode}`)
    return `${name === '' ? names.get(id!) : name}[${outcomes.join(' ')}]`
  })
}

/**
 * Starts a cluster with topics `orders` and `payments` of two partitions each. Returns it with
 * their ids.
 */
async function start(): Promise<{ cluster: TestCluster; orders: string; payments: string }> {
  const topics = ['orders', 'payments'].map((name) => ({ name, partitions: 2 }))
  const cluster = await startGroupCluster({ topics })
  const [orders, payments] = [await topicId(cluster, 'orders'), await topicId(cluster, 'payments')]
  names.set(orders, 'orders').set(payments, 'payments')
  return { cluster, orders, payments }
}

test('OffsetFetch returns unknown topic ids after the existing topics', async () => {
  const { cluster, orders, payments } = await start()
  const ids = [UNKNOWN_TOPIC_ID, orders, OTHER_UNKNOWN_ID, payments]
  const topics = ids.map((id) => ({ ...topicFields({ topicId: id }), partitionIndexes: [9, 0] }))
  const groups = ['group', 'unknown'].map((groupId) => ({ groupId, topics }))
  const answer = await cluster.call(OffsetFetch, 10, { groupId: '', topics: null, groups })
  for (const group of answer.groups) {
    expect(orderOf(group.topics)).toEqual([
      'orders[9:0 0:0]',
      'payments[9:0 0:0]',
      'unknown[9:100 0:100]',
      'other[9:100 0:100]',
    ])
  }
})

async function commitTo(cluster: TestCluster, version: number, asked: Asked<TopicRef>) {
  const { topics } = await cluster.call(OffsetCommit, version, {
    groupId: 'group',
    memberId: '',
    topics: asked.map(([topic, partitions]) => ({
      ...topicFields(topic),
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: 5,
        committedMetadata: '',
      })),
    })),
  })
  return orderOf(topics)
}

test('OffsetCommit first returns the topics with unknown parts, the unknown parts first', async () => {
  const { cluster, orders, payments } = await start()
  const byName = await commitTo(cluster, 9, [
    ['orders', [0, 1]],
    ['nothing', [1]],
    ['payments', [0, 9]],
    ['nothing', [0]],
  ])
  expect(byName).toEqual(['nothing[1:3 0:3]', 'payments[9:3 0:0]', 'orders[0:0 1:0]'])
  const byId = await commitTo(cluster, 10, [
    [{ topicId: orders }, [0]],
    [{ topicId: UNKNOWN_TOPIC_ID }, [1]],
    [{ topicId: payments }, [0, 9]],
  ])
  expect(byId).toEqual(['unknown[1:100]', 'payments[9:3 0:0]', 'orders[0:0]'])
})

test('OffsetCommit and OffsetDelete return a topic without partitions only if it does not exist', async () => {
  const { cluster } = await start()
  await commit(cluster, 'group')
  const asked = ['orders', 'nothing', 'nothing']
  expect(
    await commitTo(
      cluster,
      9,
      asked.map((name) => [name, []]),
    ),
  ).toEqual(['nothing[]'])
  const topics = asked.map((name) => ({ name, partitions: [] }))
  const answer = await cluster.call(OffsetDelete, 0, { groupId: 'group', topics })
  expect(orderOf(answer.topics)).toEqual(['nothing[]'])
})

test('OffsetCommit returns a repeated topic once, if something else is unknown', async () => {
  const { cluster } = await start()
  const twice: Asked<string> = [
    ['orders', [0]],
    ['orders', [1]],
  ]
  expect(await commitTo(cluster, 9, twice)).toEqual(['orders[0:0]', 'orders[1:0]'])
  expect(await commitTo(cluster, 9, [...twice, ['nothing', [0]]])).toEqual([
    'nothing[0:3]',
    'orders[0:0 1:0]',
  ])
})

test('OffsetDelete has the same order as OffsetCommit', async () => {
  const { cluster } = await start()
  await commit(cluster, 'group')
  const asked: Asked<string> = [
    ['orders', [0, 1]],
    ['nothing', [1]],
    ['payments', [0, 9]],
  ]
  const { topics } = await cluster.call(OffsetDelete, 0, {
    groupId: 'group',
    topics: asked.map(([name, partitions]) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
    })),
  })
  expect(orderOf(topics)).toEqual(['nothing[1:3]', 'payments[9:3 0:0]', 'orders[0:0 1:0]'])
})

async function fetchFrom(cluster: TestCluster, version: number, asked: Asked<TopicRef>) {
  const topics = asked.map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map((partition) => ({ partition })),
  }))
  const request = fetchRequest(topics, { minBytes: 0 })
  const { responses } = await cluster.call(Fetch, version, request)
  return orderOf(responses.map((response) => ({ ...response, name: response.topic })))
}

test('Fetch returns unknown partitions after the others', async () => {
  const { cluster } = await start()
  const answer = await fetchFrom(cluster, 12, [
    ['nothing', [0]],
    ['orders', [9, 1]],
    ['payments', [0, 9]],
  ])
  expect(answer).toEqual([
    'orders[1:0]',
    'payments[0:0]',
    'nothing[0:3]',
    'orders[9:3]',
    'payments[9:3]',
  ])
})

test('Fetch returns unknown topic ids before unknown partitions', async () => {
  const { cluster, orders, payments } = await start()
  const answer = await fetchFrom(cluster, 13, [
    [{ topicId: orders }, [9, 1]],
    [{ topicId: UNKNOWN_TOPIC_ID }, [0]],
    [{ topicId: payments }, [0]],
  ])
  expect(answer).toEqual(['orders[1:0]', 'payments[0:0]', 'unknown[0:100]', 'orders[9:3]'])
})

test('Metadata returns unknown names after the others, and unknown ids before them', async () => {
  const { cluster, orders, payments } = await start()
  const asked = ['zebra', 'orders', 'apple', 'payments'].map((name) => ({ name }))
  const byName = await cluster.call(Metadata, 12, metadataRequest(asked))
  expect(byName.topics.map(({ name }) => name)).toEqual(['orders', 'payments', 'zebra', 'apple'])
  const ids = [payments, OTHER_UNKNOWN_ID, orders, UNKNOWN_TOPIC_ID]
  const askedById = ids.map((id) => ({ name: null, topicId: id }))
  const byId = await cluster.call(Metadata, 12, metadataRequest(askedById))
  expect(byId.topics.map((topic) => topic.topicId)).toEqual([
    OTHER_UNKNOWN_ID,
    UNKNOWN_TOPIC_ID,
    payments,
    orders,
  ])
})

test('Metadata returns automatically created topics after existing ones', async () => {
  const { cluster } = await start()
  const asked = ['new', 'orders'].map((name) => ({ name }))
  const { topics } = await cluster.call(Metadata, 12, metadataRequest(asked, true))
  expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ['orders', ErrorCode.None],
    ['new', ErrorCode.None],
  ])
})

test('DeleteTopics answers each entry with neither name nor id', async () => {
  const { cluster } = await start()
  const neither = { name: null, topicId: topicFields('').topicId }
  const both = { name: 'orders', topicId: UNKNOWN_TOPIC_ID }
  const topics = [neither, both, neither, both, { ...neither, name: 'payments' }]
  const request = { topics, topicNames: [], timeoutMs: 1000 }
  const { responses } = await cluster.call(DeleteTopics, 6, request)
  expect(responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    [null, ErrorCode.InvalidRequest],
    ['orders', ErrorCode.InvalidRequest],
    [null, ErrorCode.InvalidRequest],
    ['orders', ErrorCode.InvalidRequest],
    ['payments', ErrorCode.None],
  ])
})
