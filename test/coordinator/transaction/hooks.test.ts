import { expect, test } from 'vitest'
import type { TransactionMetadata } from '../../../src/coordinator/transaction/transaction-metadata.ts'
import { stateName } from '../../../src/coordinator/transaction/transaction-state.ts'
import { errorName, TestCoordinator } from './support.ts'

const name = (metadata: TransactionMetadata | undefined) =>
  metadata === undefined ? 'none' : stateName(metadata.state)

test('every transition is reported once, in order', async () => {
  const seen: string[] = []
  const coordinator = new TestCoordinator({
    hooks: {
      onTransition: (id, before, after) => seen.push(`${id} ${name(before)} ${name(after)}`),
      onLoaded: () => {},
      holdsMarkers: () => false,
    },
  })
  const producer = coordinator.begin('a')
  coordinator.end('a', producer, true)
  await coordinator.clock.advance(604_800_000)
  expect(seen).toEqual([
    'a none Empty',
    'a Empty Ongoing',
    'a Ongoing PrepareCommit',
    'a PrepareCommit CompleteCommit',
    'a CompleteCommit none',
  ])
})

test('ids whose tombstones are stored are reported, although later tombstones are not', async () => {
  const seen: string[] = []
  const coordinator = new TestCoordinator({
    hooks: {
      onTransition: (id, _, after) => after ?? seen.push(id),
      onLoaded: () => {},
      holdsMarkers: () => false,
    },
  })
  const { topic, clock } = coordinator
  topic.partitionCount = 1
  coordinator.init('a')
  coordinator.init('b')
  // Both tombstones are too large for one batch. The second of the two batches fails.
  const together = topic.appends
  topic.partition(0).maxBatchBytes = 75
  topic.fails = (append) => append === together + 2
  await clock.advance(604_800_000)
  expect([seen, coordinator.stateOf('b')]).toEqual([['a'], 'Empty 1001/0'])
  await clock.advance(3_600_000)
  expect([seen, coordinator.stateOf('b')]).toEqual([['a', 'b'], undefined])
})

test('a transaction that is held stays prepared until it is released', () => {
  const releases: (() => void)[] = []
  const coordinator = new TestCoordinator({
    hooks: {
      onTransition: () => {},
      onLoaded: () => {},
      holdsMarkers: (_, __, release) => releases.push(release) > 0,
    },
  })
  const producer = coordinator.begin('a')
  expect(coordinator.end('a', producer, true)).toMatchObject({ errorCode: 0 })
  expect([coordinator.stateOf('a'), coordinator.markers.sent]).toEqual(['PrepareCommit 1000/1', []])
  expect(errorName(coordinator.init('a').errorCode)).toBe('ConcurrentTransactions')
  releases[0]!()
  expect(coordinator.stateOf('a')).toBe('CompleteCommit 1000/1')
})
