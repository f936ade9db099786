import { expect, test } from 'vitest'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { errorName, producerOf, TestCoordinator } from './support.ts'

/** Returns another coordinator with the records of the first, which has failed. */
function successorOf(failed: TestCoordinator): TestCoordinator {
  failed.coordinator.close()
  const { topic, clock } = failed
  const successor = new TestCoordinator({ topic, clock })
  successor.nextProducerId = 2000
  return successor
}

test('an open transaction goes on with the next coordinator', () => {
  const first = new TestCoordinator()
  const producer = first.begin('a', ['t-0', 'u-3'])
  const second = successorOf(first)
  expect(second.stateOf('a')).toBe('Ongoing 1000/0')
  expect(second.add('a', producer, ['t-1'])).toEqual(['t-1 None'])
  expect(second.end('a', producer, true)).toMatchObject({ errorCode: 0 })
  expect(second.markers.sent[0]!.partitions).toHaveLength(3)
})

test.each([true, false])(
  'the next coordinator writes the markers of a prepared transaction; committed: %s',
  (committed) => {
    const first = new TestCoordinator()
    const producer = first.begin('a', ['t-0', 't-1'])
    first.markers.isImmediate = false
    first.end('a', producer, committed)
    first.markers.write(1)
    const second = successorOf(first)
    expect(first.markers.cancelled).toEqual(['a'])
    expect(second.markers.sent).toMatchObject([
      { producerId: 1000, producerEpoch: 1, isCommitted: committed, transactionVersion: 2 },
    ])
    // A marker may be written twice.
    expect(second.markers.sent[0]!.partitions).toHaveLength(2)
    expect(second.stateOf('a')).toBe(`Complete${committed ? 'Commit' : 'Abort'} 1000/1`)
    expect(second.end('a', producer, committed)).toMatchObject({
      errorCode: 0,
      producerEpoch: 1,
    })
  },
)

test('a prepared transaction whose producer id is used up gets the next one after recovery', () => {
  const first = new TestCoordinator()
  const last = first.exhaust('a')
  first.add('a', last, ['t-0'])
  first.markers.isImmediate = false
  first.end('a', last, true)
  const second = successorOf(first)
  expect(second.markers.sent).toMatchObject([{ producerId: 1000, producerEpoch: 32_767 }])
  expect(second.stateOf('a')).toBe('CompleteCommit 1001/0')
})

test('CONCURRENT_TRANSACTIONS while the next coordinator writes the markers', () => {
  const first = new TestCoordinator()
  const producer = first.begin('a')
  first.markers.isImmediate = false
  first.end('a', producer, true)
  const { topic, clock } = first
  first.coordinator.close()
  const second = new TestCoordinator({ topic, clock, areMarkersHeld: true })
  expect(errorName(second.init('a').errorCode)).toBe('ConcurrentTransactions')
  second.markers.write()
  expect(producerOf(second.init('a'))).toEqual({ producerId: 1000, producerEpoch: 2 })
})

test('the markers carry the leader epoch of the partition, which fences the former coordinator', () => {
  const coordinator = new TestCoordinator()
  const producer = coordinator.begin('a')
  coordinator.topic.partition(coordinator.coordinator.partitionFor('a')).leaderEpoch = 7
  coordinator.end('a', producer, true)
  expect(coordinator.markers.sent).toMatchObject([{ coordinatorEpoch: 7 }])
})

test('the last epoch of a producer is not stored: its retry is fenced by the next coordinator', () => {
  const first = new TestCoordinator()
  const producer = producerOf(first.init('a'))
  first.init('a', producer)
  const second = successorOf(first)
  expect(errorName(second.init('a', producer).errorCode)).toBe('ProducerFenced')
})

test('the end of a transaction that cannot be stored: the response, and the transaction stays open', () => {
  const coordinator = new TestCoordinator()
  const producer = coordinator.begin('a')
  const { appends } = coordinator.topic
  coordinator.topic.fails = (append) => append === appends
  expect(errorName(coordinator.end('a', producer, true).errorCode)).toBe('CoordinatorNotAvailable')
  expect(coordinator.stateOf('a')).toBe('Ongoing 1000/0')
  expect(coordinator.end('a', producer, true)).toMatchObject({ errorCode: 0 })
})

test('the completion that cannot be stored is tried again', async () => {
  const coordinator = new TestCoordinator()
  const producer = coordinator.begin('a')
  const { appends } = coordinator.topic
  coordinator.topic.fails = (append) => append === appends + 1
  expect(coordinator.end('a', producer, true)).toMatchObject({ errorCode: 0 })
  expect(coordinator.stateOf('a')).toBe('PrepareCommit 1000/1')
  await coordinator.clock.advance(100)
  expect(coordinator.stateOf('a')).toBe('CompleteCommit 1000/1')
})

test('a partition that cannot be read is reported, and its ids answer NOT_COORDINATOR', () => {
  const first = new TestCoordinator()
  first.begin('a')
  const index = first.coordinator.partitionFor('a')
  const { key } = first.topic.records(index)[0]!
  first.topic.partition(index).append(encodeBatch([{ key, value: Buffer.from([0, 1]) }]))
  const second = successorOf(first)
  expect(second.loadFailures).toHaveLength(1)
  expect(errorName(second.init('a').errorCode)).toBe('NotCoordinator')
})
