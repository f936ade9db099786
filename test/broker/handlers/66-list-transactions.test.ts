import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ListTransactions } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { createTopic } from '../support.ts'
import { addPartitions, startProducer } from '../transactional-producer.ts'

async function startTransactions() {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders')
  const open = await startProducer(cluster, 'open')
  await addPartitions(cluster, open, 'orders', [0])
  await startProducer(cluster, 'idle')
  return cluster
}

test.each([0, 1, 2])('version %i lists by state and producer id', async (version) => {
  const cluster = await startTransactions()
  const list = async (filter: object) => {
    const request = { stateFilters: [], producerIdFilters: [], ...filter }
    const response = await cluster.call(ListTransactions, version, request)
    expect(response.errorCode).toBe(ErrorCode.None)
    return response
  }
  const { transactionStates } = await list({})
  const states = transactionStates.map(
    ({ transactionalId, transactionState }) => `${transactionalId} ${transactionState}`,
  )
  expect(states.toSorted()).toEqual(['idle Empty', 'open Ongoing'])
  const { producerId } = transactionStates.find((each) => each.transactionalId === 'idle')!
  expect(await list({ producerIdFilters: [producerId] })).toMatchObject({
    transactionStates: [{ transactionalId: 'idle' }],
  })
  expect(await list({ stateFilters: ['Ongoing', 'Broken'] })).toMatchObject({
    unknownStateFilters: ['Broken'],
    transactionStates: [{ transactionalId: 'open' }],
  })
})

test('version 1 lists by duration, version 2 by pattern', async () => {
  const cluster = await startTransactions()
  const request = { stateFilters: ['Ongoing'], producerIdFilters: [], durationFilter: 0 }
  const before = await cluster.call(ListTransactions, 1, request)
  await cluster.clock.advance(1)
  const after = await cluster.call(ListTransactions, 1, request)
  expect([before.transactionStates.length, after.transactionStates.length]).toEqual([0, 1])
  const byPattern = async (transactionalIdPattern: string) => {
    const all = { stateFilters: [], producerIdFilters: [], transactionalIdPattern }
    const { errorCode, transactionStates } = await cluster.call(ListTransactions, 2, all)
    return [errorCode, transactionStates.map(({ transactionalId }) => transactionalId)]
  }
  expect(await byPattern('o.*')).toEqual([ErrorCode.None, ['open']])
  expect(await byPattern('o')).toEqual([ErrorCode.None, []])
  expect(await byPattern('o(')).toEqual([ErrorCode.InvalidRegularExpression, []])
})
