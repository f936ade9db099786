import { expect, test } from 'vitest'
import { errorName, producerOf, TestCoordinator } from './support.ts'

test('a new transactional id gets a producer id with epoch 0, and then larger epochs', () => {
  const coordinator = new TestCoordinator()
  const epochs = [1, 2, 3].map(() => coordinator.init('a'))
  expect(epochs).toMatchObject([
    { errorCode: 0, producerId: 1000, producerEpoch: 0 },
    { errorCode: 0, producerId: 1000, producerEpoch: 1 },
    { errorCode: 0, producerId: 1000, producerEpoch: 2 },
  ])
  expect(coordinator.stateOf('a')).toBe('Empty 1000/2')
})

test.each([
  { version: 4, response: { errorCode: 0, producerId: -1, producerEpoch: -1 }, epoch: 0 },
  { version: 5, response: { errorCode: 0, producerId: 1000, producerEpoch: 1 }, epoch: 1 },
])(
  'EndTxn v$version commits: the response, the epoch of the markers, and the state',
  ({ version, response, epoch }) => {
    const coordinator = new TestCoordinator()
    const producer = coordinator.begin('a', ['t-0', 't-1', 'u-0'])
    expect(coordinator.end('a', producer, true, version)).toEqual(response)
    expect(coordinator.stateOf('a')).toBe(`CompleteCommit 1000/${epoch}`)
    expect(coordinator.markers.sent).toMatchObject([
      { transactionalId: 'a', producerId: 1000, producerEpoch: epoch, isCommitted: true },
    ])
    expect(coordinator.markers.sent[0]!.partitions).toHaveLength(3)
  },
)

test('CONCURRENT_TRANSACTIONS until all markers are written', () => {
  const coordinator = new TestCoordinator()
  const producer = coordinator.begin('a', ['t-0', 't-1'])
  coordinator.markers.isImmediate = false
  const next = producerOf(coordinator.end('a', producer, false))
  const answers = () => [
    coordinator.stateOf('a'),
    coordinator.add('a', next, ['t-0'])[0],
    errorName(coordinator.end('a', producer, false).errorCode),
    errorName(coordinator.end('a', producer, true).errorCode),
    errorName(coordinator.init('a').errorCode),
  ]
  const concurrent = 'ConcurrentTransactions'
  const waiting = [`PrepareAbort 1000/1`, `t-0 ${concurrent}`, concurrent, concurrent, concurrent]
  expect(answers()).toEqual(waiting)
  coordinator.markers.write(1)
  expect(answers()).toEqual(waiting)
  coordinator.markers.write()
  expect(answers()).toEqual([
    'CompleteAbort 1000/1',
    't-0 None',
    'ProducerFenced',
    'ProducerFenced',
    'ConcurrentTransactions',
  ])
})
