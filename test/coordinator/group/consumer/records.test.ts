import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { GROUP } from '../support.ts'
import type { Harness } from '../support.ts'
import {
  ConsumerClient,
  SESSION_MS,
  consumerHarness,
  describe,
  describeMember,
  ofT,
  stableGroup,
} from './support.ts'

/** The types of the group's records in the order of the log; tombstones are negative. */
function recordTypes(harness: Harness): number[] {
  const index = harness.coordinator.partitionFor(GROUP)
  return harness.log.records(index).map(({ key, value }) => {
    const type = Buffer.from(key!).readInt16BE(0)
    return value === null ? -type : type
  })
}

test('a join writes member, epoch, target and current assignment', () => {
  const harness = consumerHarness()
  new ConsumerClient(harness, 'a').join()
  expect(recordTypes(harness)).toEqual([5, 3, 7, 6, 8])
})

test('a heartbeat without news writes nothing', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const before = recordTypes(harness).length
  a!.heartbeat()
  a!.acknowledge()
  expect(recordTypes(harness)).toHaveLength(before)
})

test('a member that leaves writes its tombstones and the new epoch', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a', 'b'])
  const before = recordTypes(harness).length
  a!.leave()
  expect(recordTypes(harness).slice(before)).toEqual([-8, -7, -5, 3])
})

test('the last member writes the epoch of the empty target assignment too', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const before = recordTypes(harness).length
  a!.leave()
  expect(recordTypes(harness).slice(before)).toEqual([-8, -7, -5, 3, 6])
})

test('a broker that loads the group knows all of it', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a', 'b'])
  const before = describe(harness)
  harness.restart()
  expect(describe(harness)).toEqual(before)
  expect(a!.heartbeat()).toMatchObject({ errorCode: ErrorCode.None, assignment: null })
})

test('a broker that loads the group in the middle of a rebalance completes it', async () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const b = new ConsumerClient(harness, 'b')
  b.join()
  a!.heartbeat()
  harness.restart()
  a!.acknowledge()
  b.heartbeat()
  expect(describe(harness).groupState).toBe('Stable')
})

test('after a load the sessions begin again', async () => {
  const harness = consumerHarness()
  stableGroup(harness, ['a'])
  await harness.clock.advance(SESSION_MS - 1)
  harness.restart()
  await harness.clock.advance(SESSION_MS - 1)
  expect(describeMember(harness, 'a')).toBeDefined()
  await harness.clock.advance(1)
  expect(describeMember(harness, 'a')).toBeUndefined()
})

test('after a load the rebalance timeout begins again', async () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  new ConsumerClient(harness, 'b').join()
  a!.heartbeat({ rebalanceTimeoutMs: 5_000 })
  harness.restart()
  await harness.clock.advance(4_999)
  expect(describeMember(harness, 'a')).toBeDefined()
  await harness.clock.advance(1)
  expect(describeMember(harness, 'a')).toBeUndefined()
})

test('a group that is deleted is gone after a load', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  a!.leave()
  void harness.coordinator.admin.deleteGroups({ groupsNames: [GROUP] })
  expect(describe(harness).errorCode).toBe(ErrorCode.GroupIdNotFound)
  expect(recordTypes(harness).slice(-3)).toEqual([-6, -4, -3])
  harness.restart()
  expect(describe(harness).errorCode).toBe(ErrorCode.GroupIdNotFound)
})

test('a group with members is not deleted', () => {
  const harness = consumerHarness()
  stableGroup(harness, ['a'])
  expect(harness.coordinator.admin.deleteGroups({ groupsNames: [GROUP] })).toEqual({
    results: [{ groupId: GROUP, errorCode: ErrorCode.NonEmptyGroup }],
  })
})

test('a heartbeat whose records cannot be written changes nothing', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const before = describe(harness)
  harness.log.appendError = ErrorCode.NotEnoughReplicas
  const b = new ConsumerClient(harness, 'b')
  expect(b.join()).toMatchObject({
    errorCode: ErrorCode.CoordinatorNotAvailable,
    errorMessage: null,
    memberId: null,
  })
  expect(describe(harness)).toEqual(before)
  harness.log.appendError = ErrorCode.None
  expect(a!.heartbeat()).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: 2 })
  expect(b.join()).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: 3 })
})

test('a topic change whose epoch cannot be written is noticed again', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  harness.createTopic('t', harness.topics.get('t')!.id, 3)
  harness.log.appendError = ErrorCode.NotEnoughReplicas
  a!.heartbeat()
  harness.log.appendError = ErrorCode.None
  a!.heartbeat()
  expect(a!.owned).toEqual(ofT(0, 1, 2))
})

test('a member whose removal cannot be written is removed later', async () => {
  const harness = consumerHarness()
  stableGroup(harness, ['a'])
  harness.log.appendError = ErrorCode.NotEnoughReplicas
  await harness.clock.advance(SESSION_MS)
  expect(describeMember(harness, 'a')).toBeDefined()
  harness.log.appendError = ErrorCode.None
  await harness.clock.advance(500)
  expect(describeMember(harness, 'a')).toBeUndefined()
})

test('a group of another broker is refused', () => {
  const harness = consumerHarness()
  harness.coordinator.onResigned(harness.coordinator.partitionFor(GROUP))
  expect(new ConsumerClient(harness, 'a').join()).toMatchObject({
    errorCode: ErrorCode.NotCoordinator,
  })
  expect(describe(harness).errorCode).toBe(ErrorCode.NotCoordinator)
})
