import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { batch, createTopic, fetchOne, listOffset, produce, settle } from '../support.ts'
import { Ack, startShareCluster, type ShareCluster } from './share-kit.ts'

const AUTO_CREATE = { 'errors.deadletterqueue.auto.create.topics.enable': 'true' }

/** Acquires five records, and rejects the first three of them. */
async function rejectThree(cluster: ShareCluster): Promise<void> {
  await produce(cluster, 'orders', batch(['a', 'b', 'c', 'd', 'e']))
  const member = await cluster.member('m')
  expect(await member.acquire({ maxWaitMs: 500 })).toEqual([[0, 4, 1]])
  const rejected = await member.acknowledge([[0, 2, Ack.Reject, Ack.Reject, Ack.Reject]])
  expect(rejected).toEqual({ errorCode: ErrorCode.None, errorMessage: null })
  await settle()
}

/** Returns the records of a dead-letter topic. */
async function deadLetters(cluster: ShareCluster, topic: string) {
  const { records } = await fetchOne(cluster, topic)
  return [...batchesOf(records!)]
    .flatMap((view) => [...recordsOf(view)])
    .map(({ key, value, headers }) => ({
      key: key === null ? null : Buffer.from(key).toString(),
      value: value === null ? null : Buffer.from(value).toString(),
      headers: Object.fromEntries(headers.map((h) => [h.key, Buffer.from(h.value!).toString()])),
    }))
}

const headersOf = (offset: number) => ({
  '__dlq.errors.topic': 'orders',
  '__dlq.errors.partition': '0',
  '__dlq.errors.offset': String(offset),
  '__dlq.errors.group': 'group',
  '__dlq.errors.delivery.count': '1',
  '__dlq.errors.message': 'Offset rejected by client.',
})

test('rejected records are written to a dead-letter topic, which is created', async () => {
  const cluster = await startShareCluster({ config: AUTO_CREATE })
  await cluster.configure({ 'errors.deadletterqueue.topic.name': 'dlq.orders' })
  await rejectThree(cluster)
  expect(await deadLetters(cluster, 'dlq.orders')).toEqual(
    [0, 1, 2].map((offset) => ({ key: null, value: null, headers: headersOf(offset) })),
  )
})

test('keys and values are copied if the group wants it', async () => {
  const cluster = await startShareCluster()
  const configs = { 'errors.deadletterqueue.group.enable': 'true', 'max.message.bytes': '600' }
  await createTopic(cluster, 'dlq.orders', { configs })
  await cluster.configure({
    'errors.deadletterqueue.topic.name': 'dlq.orders',
    'errors.deadletterqueue.copy.record.enable': 'true',
  })
  await rejectThree(cluster)
  expect(await deadLetters(cluster, 'dlq.orders')).toEqual(
    ['a', 'b', 'c'].map((value, offset) => ({ key: 'key', value, headers: headersOf(offset) })),
  )
})

test.each([
  [
    'that is not for dead letters',
    'dlq.orders',
    async (cluster: ShareCluster) => {
      await createTopic(cluster, 'dlq.orders')
    },
  ],
  ['that is missing', 'dlq.orders', () => Promise.resolve()],
  [
    'with another prefix',
    'dead',
    async (cluster: ShareCluster) => {
      const configs = { 'errors.deadletterqueue.group.enable': 'true' }
      await createTopic(cluster, 'dead', { configs })
    },
  ],
  ['with an internal name', '__dead', () => Promise.resolve()],
])('records are archived without a topic %s', async (_, topic, prepare) => {
  const cluster = await startShareCluster()
  await prepare(cluster)
  await cluster.configure({ 'errors.deadletterqueue.topic.name': topic })
  await rejectThree(cluster)
  const { offset } = await listOffset(cluster, topic, -1)
  expect(offset).toBeLessThanOrEqual(0)
  const other = await cluster.member('other')
  const member = await cluster.member('m')
  await member.fetch()
  await member.fetchResponse({ epoch: -1, partitions: [] })
  expect(await other.acquire({ maxWaitMs: 500 })).toEqual([[3, 4, 2]])
})

test('records are archived without the feature', async () => {
  const cluster = await startShareCluster({ config: AUTO_CREATE, features: { 'share.version': 1 } })
  await cluster.configure({ 'errors.deadletterqueue.topic.name': 'dlq.orders' })
  await rejectThree(cluster)
  expect((await listOffset(cluster, 'dlq.orders', -1)).errorCode).toBe(
    ErrorCode.UnknownTopicOrPartition,
  )
})
