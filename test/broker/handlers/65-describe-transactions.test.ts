import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { createTopic } from '../support.ts'
import { addPartitions, startProducer } from '../transactional-producer.ts'

test('an open transaction, an unknown id and no id', async () => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders', { partitions: 3 })
  const { producerId, ...producer } = await startProducer(cluster, 'a')
  await addPartitions(cluster, { producerId, ...producer }, 'orders', [2, 0])
  const transactionalIds = ['a', 'unknown', '']
  const { transactionStates } = await cluster.call(DescribeTransactions, 0, { transactionalIds })
  const none = {
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  }
  expect(transactionStates).toEqual([
    {
      errorCode: ErrorCode.None,
      transactionalId: 'a',
      transactionState: 'Ongoing',
      transactionTimeoutMs: 60_000,
      transactionStartTimeMs: cluster.clock.now(),
      producerId,
      producerEpoch: 0,
      topics: [{ topic: 'orders', partitions: expect.arrayContaining([0, 2]) as number[] }],
    },
    { errorCode: ErrorCode.TransactionalIdNotFound, transactionalId: 'unknown', ...none },
    { errorCode: ErrorCode.InvalidRequest, transactionalId: '', ...none },
  ])
})

test('NOT_COORDINATOR before the first transactional producer', async () => {
  const cluster = await startTestCluster()
  const request = { transactionalIds: ['a'] }
  const { transactionStates } = await cluster.call(DescribeTransactions, 0, request)
  expect(transactionStates[0]!.errorCode).toBe(ErrorCode.NotCoordinator)
})
