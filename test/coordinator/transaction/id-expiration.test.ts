import { expect, test } from 'vitest'
import { recordTypeOf } from '../../../src/protocol/internal/coordinator-record.ts'
import { errorName, producerOf, TestCoordinator } from './support.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

test.each(['Empty', 'CompleteCommit', 'CompleteAbort'])(
  'a transactional id in state %s is removed with a tombstone after transactional.id.expiration.ms',
  async (state) => {
    const coordinator = new TestCoordinator()
    const producer = producerOf(coordinator.init('a'))
    if (state !== 'Empty') {
      coordinator.add('a', producer, ['t-0'])
      coordinator.end('a', producer, state === 'CompleteCommit')
    }
    await coordinator.clock.advance(7 * DAY_MS - 1)
    expect(coordinator.stateOf('a')).toMatch(state)
    await coordinator.clock.advance(1)
    expect(coordinator.stateOf('a')).toBeUndefined()
    const last = coordinator.topic.records(coordinator.coordinator.partitionFor('a')).at(-1)!
    expect([recordTypeOf(last.key!), last.value]).toEqual([0, null])
    expect(errorName(coordinator.end('a', producer, true).errorCode)).toBe(
      'InvalidProducerIdMapping',
    )
    expect(coordinator.init('a')).toMatchObject({ producerId: 1001, producerEpoch: 0 })
  },
)

test('ids are removed at a fixed interval since the start of the coordinator', async () => {
  const coordinator = new TestCoordinator()
  await coordinator.clock.advance(1)
  coordinator.init('a')
  await coordinator.clock.advance(7 * DAY_MS + HOUR_MS - 2)
  expect(coordinator.stateOf('a')).toBe('Empty 1000/0')
  await coordinator.clock.advance(1)
  expect(coordinator.stateOf('a')).toBeUndefined()
})

test('an id with a transaction stays, and one that is used stays longer', async () => {
  const coordinator = new TestCoordinator({ isTwoPhaseCommitEnabled: true })
  coordinator.begin('open', ['t-0'], { enable2Pc: true })
  coordinator.init('used')
  await coordinator.clock.advance(6 * DAY_MS)
  coordinator.init('used')
  await coordinator.clock.advance(6 * DAY_MS)
  expect([coordinator.stateOf('open'), coordinator.stateOf('used')]).toEqual([
    'Ongoing 1000/0',
    'Empty 1001/1',
  ])
  await coordinator.clock.advance(DAY_MS)
  expect(coordinator.stateOf('used')).toBeUndefined()
})

test('a removed id stays removed when another broker becomes the coordinator', async () => {
  const first = new TestCoordinator()
  first.init('a')
  await first.clock.advance(7 * DAY_MS)
  first.coordinator.close()
  const second = new TestCoordinator({ topic: first.topic, clock: first.clock })
  expect(second.stateOf('a')).toBeUndefined()
})
