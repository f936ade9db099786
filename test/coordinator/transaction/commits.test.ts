import { expect, test } from 'vitest'
import { systemTurn } from '../../../src/platform/turn.ts'
import { errorName, producerOf, TestCoordinator } from './support.ts'

const partitionOf = (coordinator: TestCoordinator) =>
  coordinator.topic.partition(coordinator.coordinator.partitionFor('a'))

test('EndTxn waits for the prepared record only; the markers are sent when it is committed', async () => {
  const coordinator = new TestCoordinator()
  const producer = coordinator.begin('a')
  const partition = partitionOf(coordinator)
  partition.hold()
  const ended = coordinator.startEnd('a', producer, true)
  expect(ended).toBeInstanceOf(Promise)
  expect(coordinator.markers.sent).toEqual([])
  partition.commit()
  expect(await ended).toEqual({ errorCode: 0, producerId: 1000, producerEpoch: 1 })
  expect(coordinator.markers.sent).toHaveLength(1)
  expect(errorName(coordinator.init('a').errorCode)).toBe('ConcurrentTransactions')
  partition.commit()
  await systemTurn.next()
  expect(producerOf(await commitNext(coordinator))).toMatchObject({ producerEpoch: 2 })
})

function commitNext(coordinator: TestCoordinator) {
  const next = coordinator.startInit('a')
  partitionOf(coordinator).commit()
  return next
}

test('CONCURRENT_TRANSACTIONS while the last record of a transactional id is not committed', async () => {
  const coordinator = new TestCoordinator()
  const producer = producerOf(coordinator.init('a'))
  const partition = partitionOf(coordinator)
  partition.hold()
  const added = coordinator.addWaiting('a', producer, 't-0')
  expect(coordinator.add('a', producer, ['t-0'])).toEqual(['t-0 ConcurrentTransactions'])
  expect(errorName(coordinator.end('a', producer, true).errorCode)).toBe('ConcurrentTransactions')
  partition.commit()
  await added
  expect(coordinator.add('a', producer, ['t-0'])).toEqual(['t-0 None'])
})

test('a coordinator that loses its partition answers NOT_COORDINATOR, and sends no markers', async () => {
  const coordinator = new TestCoordinator()
  const producer = coordinator.begin('a')
  const partition = partitionOf(coordinator)
  partition.hold()
  const ended = coordinator.startEnd('a', producer, true)
  coordinator.coordinator.onResigned(partition.index)
  partition.lose()
  expect(errorName((await ended).errorCode)).toBe('NotCoordinator')
  expect(coordinator.markers.sent).toEqual([])
})
