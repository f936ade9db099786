import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DeleteTopics } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import {
  batch,
  fetchOne,
  leaders,
  produce,
  topicId,
  createTopic,
  UNKNOWN_TOPIC_ID,
  type Caller,
} from '../support.ts'

const ORDERS = { topics: [{ name: 'orders' }, { name: 'payments' }] }

async function remove(caller: Caller, topics: { name: string | null; topicId: string }[]) {
  const request = { topics, topicNames: [], timeoutMs: 1000 }
  const { responses } = await caller.call(DeleteTopics, 6, request)
  return responses
}

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA'

test.each([1, 2, 3, 4, 5])('topics are deleted by name in version %i', async (version) => {
  const cluster = await startTestCluster(ORDERS)
  const request = { topics: [], topicNames: ['orders', 'nothing'], timeoutMs: 1000 }
  const { responses } = await cluster.call(DeleteTopics, version, request)
  expect(responses).toMatchObject([
    { name: 'orders', errorCode: ErrorCode.None },
    { name: 'nothing', errorCode: ErrorCode.UnknownTopicOrPartition },
  ])
  expect(await leaders(cluster, 'orders')).toEqual([])
  expect(await leaders(cluster, 'payments')).toEqual([1])
})

test('topics are deleted by id from version 6 on (KIP-516)', async () => {
  const cluster = await startTestCluster(ORDERS)
  const id = await topicId(cluster, 'orders')
  const topics = [
    { name: null, topicId: id },
    { name: 'payments', topicId: ZERO },
    { name: null, topicId: UNKNOWN_TOPIC_ID },
  ]
  expect(await remove(cluster, topics)).toMatchObject([
    { name: 'orders', topicId: id, errorCode: ErrorCode.None },
    { name: 'payments', errorCode: ErrorCode.None },
    { topicId: UNKNOWN_TOPIC_ID, errorCode: ErrorCode.UnknownTopicId },
  ])
  expect(await leaders(cluster, 'payments')).toEqual([])
})

test('name and id together, and a topic named twice: INVALID_REQUEST', async () => {
  const cluster = await startTestCluster(ORDERS)
  const id = await topicId(cluster, 'orders')
  const [both] = await remove(cluster, [{ name: 'orders', topicId: id }])
  expect(both!.errorCode).toBe(ErrorCode.InvalidRequest)
  const twice = await remove(cluster, [
    { name: 'orders', topicId: ZERO },
    { name: 'orders', topicId: ZERO },
  ])
  expect(new Set(twice.map(({ errorCode }) => errorCode))).toEqual(
    new Set([ErrorCode.InvalidRequest]),
  )
  expect(await leaders(cluster, 'orders')).toEqual([1])
})

test('a new topic of the same name has another id and starts at offset 0', async () => {
  const cluster = await startTestCluster(ORDERS)
  const id = await topicId(cluster, 'orders')
  await produce(cluster, 'orders', batch(['a']))
  await remove(cluster, [{ name: 'orders', topicId: ZERO }])
  await createTopic(cluster, 'orders')
  expect(await topicId(cluster, 'orders')).not.toBe(id)
  expect((await fetchOne(cluster, 'orders')).highWatermark).toBe(0)
  const gone = await produce(cluster, { topicId: id }, batch(['a']), { version: 13 })
  expect(gone.errorCode).toBe(ErrorCode.UnknownTopicId)
})
