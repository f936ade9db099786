import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { AddPartitionsToTxn } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { createTopic } from '../support.ts'
import { addPartitions, startProducer, transactionState } from '../transactional-producer.ts'

test.each([0, 1, 2, 3])(
  'version %i adds partitions and begins the transaction',
  async (version) => {
    const cluster = await startTestCluster()
    await createTopic(cluster, 'orders', { partitions: 2 })
    const producer = await startProducer(cluster, 'a')
    expect(await addPartitions(cluster, producer, 'orders', [0, 1], version)).toEqual([0, 0])
    expect(await transactionState(cluster, 'a')).toBe('Ongoing')
  },
)

test.each([0, 1, 2, 3])(
  'version %i: a fenced producer, and a missing partition',
  async (version) => {
    const cluster = await startTestCluster()
    await createTopic(cluster, 'orders', { partitions: 2 })
    const producer = await startProducer(cluster, 'a')
    const zombie = { ...producer, producerEpoch: 7 }
    expect(await addPartitions(cluster, zombie, 'orders', [0], version)).toEqual([
      version < 2 ? ErrorCode.InvalidProducerEpoch : ErrorCode.ProducerFenced,
    ])
    expect((await addPartitions(cluster, producer, 'orders', [0, 9], version)).toSorted()).toEqual([
      ErrorCode.UnknownTopicOrPartition,
      ErrorCode.OperationNotAttempted,
    ])
  },
)

test.each([4, 5])('version %i: each transaction has its own result', async (version) => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders', { partitions: 2 })
  const a = await startProducer(cluster, 'a')
  const b = await startProducer(cluster, 'b')
  const topics = [{ name: 'orders', partitions: [1] }]
  const { errorCode, resultsByTransaction } = await cluster.call(AddPartitionsToTxn, version, {
    ...noClientTransaction,
    transactions: [
      { ...a, verifyOnly: false, topics },
      { ...a, verifyOnly: true, topics: [{ name: 'orders', partitions: [0, 1] }] },
      { ...b, verifyOnly: true, topics },
      { ...b, producerId: a.producerId, verifyOnly: false, topics },
    ],
  })
  const codes = resultsByTransaction.map(({ transactionalId, topicResults }) => [
    transactionalId,
    ...topicResults.flatMap(({ resultsByPartition }) =>
      resultsByPartition.map((result) => result.partitionErrorCode),
    ),
  ])
  expect([errorCode, codes]).toEqual([
    ErrorCode.None,
    [
      ['a', ErrorCode.None],
      ['a', ErrorCode.TransactionAbortable, ErrorCode.None],
      ['b', ErrorCode.TransactionAbortable],
      ['b', ErrorCode.InvalidProducerIdMapping],
    ],
  ])
})

test('NOT_COORDINATOR on a broker that does not coordinate the transactional id', async () => {
  const cluster = await startTestCluster({ brokers: 3 })
  await createTopic(cluster, 'orders')
  const codes: number[] = []
  for (const id of [1, 2, 3]) {
    const connection = await cluster.connect(id)
    const producer = { transactionalId: 'a', producerId: 1, producerEpoch: 0 }
    codes.push(...(await addPartitions(connection, producer, 'orders', [0])))
  }
  // The topic with the transactional ids does not exist yet.
  expect(codes).toEqual(Array(3).fill(ErrorCode.NotCoordinator))
})

const noClientTransaction = {
  v3AndBelowTransactionalId: '',
  v3AndBelowProducerId: -1,
  v3AndBelowProducerEpoch: -1,
  v3AndBelowTopics: [],
}
