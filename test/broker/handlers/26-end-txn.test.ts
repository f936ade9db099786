import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Produce } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { batch, createTopic, fetchOne, produceRequest, valuesOf } from '../support.ts'
import type { Caller } from '../support.ts'
import {
  addPartitions,
  endTransaction,
  initProducer,
  startProducer,
  transactionState,
} from '../transactional-producer.ts'
import type { TransactionalProducer } from '../transactional-producer.ts'

test.each([0, 1, 2, 3, 4, 5])('version %i commits, and a retry succeeds', async (version) => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders')
  const producer = await startProducer(cluster, 'a')
  await addPartitions(cluster, producer, 'orders', [0])
  const ended = await endTransaction(cluster, producer, true, version)
  expect(ended).toMatchObject({
    errorCode: ErrorCode.None,
    producerId: version < 5 ? -1 : producer.producerId,
    producerEpoch: version < 5 ? -1 : 1,
  })
  expect(await endTransaction(cluster, producer, true, version)).toEqual(ended)
  const other = await endTransaction(cluster, producer, false, version)
  expect(other).toMatchObject({
    errorCode: ErrorCode.InvalidTxnState,
    producerId: -1,
    producerEpoch: -1,
  })
  expect(await transactionState(cluster, 'a')).toBe('CompleteCommit')
})

test.each([
  { committed: true, isolationLevel: 1, values: ['one'] },
  { committed: false, isolationLevel: 1, values: [] },
  { committed: false, isolationLevel: 0, values: ['one'] },
])('records are visible: %o', async ({ committed, isolationLevel, values }) => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders')
  const producer = await startProducer(cluster, 'a')
  await addPartitions(cluster, producer, 'orders', [0])
  await write(cluster, producer, 'one')
  await endTransaction(cluster, producer, committed)
  const { records, abortedTransactions } = await fetchOne(cluster, 'orders', {}, { isolationLevel })
  const isAborted = (abortedTransactions ?? []).length > 0
  expect(isAborted ? [] : valuesOf(records).slice(0, 1)).toEqual(values)
})

test('a producer that is fenced by another one gets PRODUCER_FENCED', async () => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders')
  const zombie = await startProducer(cluster, 'a')
  await addPartitions(cluster, zombie, 'orders', [0])
  const first = await initProducer(cluster, 'a')
  expect(first.errorCode).toBe(ErrorCode.ConcurrentTransactions)
  expect(await initProducer(cluster, 'a')).toMatchObject({ errorCode: 0, producerEpoch: 2 })
  for (const [version, code] of [
    [1, ErrorCode.InvalidProducerEpoch],
    [2, ErrorCode.ProducerFenced],
    [5, ErrorCode.ProducerFenced],
  ] as const) {
    expect((await endTransaction(cluster, zombie, true, version)).errorCode).toBe(code)
  }
})

test('with profile faithful the markers are written after the response', async () => {
  const cluster = await startTestCluster({ profile: 'faithful' })
  await createTopic(cluster, 'orders')
  const producer = await startProducer(cluster, 'a')
  await addPartitions(cluster, producer, 'orders', [0])
  const other = await cluster.connect()
  const [ended, next] = await Promise.all([
    endTransaction(cluster, producer, true, 4),
    addPartitions(other, producer, 'orders', [0]),
  ])
  expect([ended.errorCode, next]).toEqual([ErrorCode.None, [ErrorCode.ConcurrentTransactions]])
  await cluster.cluster.transaction('a').waitFor('CompleteCommit')
})

async function write(
  caller: Caller,
  { transactionalId, producerId, producerEpoch }: TransactionalProducer,
  value: string,
): Promise<void> {
  const options = { producerId, producerEpoch, baseSequence: 0, isTransactional: true }
  const partition = { index: 0, records: batch([value], options) }
  const request = produceRequest('orders', [partition], { transactionalId })
  const { responses } = await caller.call(Produce, 11, request)
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(ErrorCode.None)
}
