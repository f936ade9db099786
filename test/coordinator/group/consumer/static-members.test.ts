import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import {
  ConsumerClient,
  SESSION_MS,
  consumerHarness,
  describe,
  describeMember,
  ofT,
  settleGroup,
} from './support.ts'

/** A stable group of a static member and a dynamic one. */
function staticGroup() {
  const harness = consumerHarness()
  const fixed = new ConsumerClient(harness, 's-1', 'i')
  const other = new ConsumerClient(harness, 'd')
  fixed.join()
  other.join()
  settleGroup(harness, [fixed, other])
  return { harness, fixed, other }
}

test('a static member that leaves for a while keeps its partitions', () => {
  const { harness, fixed, other } = staticGroup()
  const owned = fixed.owned
  const { groupEpoch } = describe(harness)
  expect(fixed.leave(-2)).toMatchObject({
    errorCode: ErrorCode.None,
    memberId: 's-1',
    memberEpoch: -2,
    heartbeatIntervalMs: 0,
  })
  expect(describeMember(harness, 's-1')).toMatchObject({ memberEpoch: -2 })

  const returned = new ConsumerClient(harness, 's-2', 'i')
  expect(returned.join()).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: groupEpoch })
  expect(returned.owned).toEqual(owned)
  expect(describe(harness)).toMatchObject({ groupState: 'Stable', groupEpoch })
  expect(describeMember(harness, 's-1')).toBeUndefined()
  expect(other.heartbeat()).toMatchObject({ errorCode: ErrorCode.None, assignment: null })
})

test('a static member that returns with another subscription changes the group epoch', () => {
  const { harness, fixed } = staticGroup()
  const { groupEpoch } = describe(harness)
  fixed.leave(-2)
  const returned = new ConsumerClient(harness, 's-2', 'i')
  returned.join({ subscribedTopicNames: ['u'] })
  expect(describe(harness).groupEpoch).toBe(groupEpoch + 1)
  expect(returned.owned).toEqual({})
})

test('an instance id that is in use is refused', () => {
  const { harness } = staticGroup()
  const intruder = new ConsumerClient(harness, 's-2', 'i')
  expect(intruder.join()).toMatchObject({
    errorCode: ErrorCode.UnreleasedInstanceId,
    errorMessage:
      'Static member s-2 with instance id i cannot join the group because the instance id is ' +
      'owned by s-1 member.',
  })
})

test('the member that was replaced is fenced', () => {
  const { harness, fixed } = staticGroup()
  fixed.leave(-2)
  new ConsumerClient(harness, 's-2', 'i').join()
  const fenced = {
    errorCode: ErrorCode.FencedInstanceId,
    errorMessage: 'Static member s-1 with instance id i was fenced by member s-2.',
  }
  expect(fixed.heartbeat()).toMatchObject(fenced)
  expect(fixed.leave(-1)).toMatchObject(fenced)
  expect(fixed.leave(-2)).toMatchObject(fenced)
})

test('an unknown instance id is an unknown member', () => {
  const { harness } = staticGroup()
  const stranger = new ConsumerClient(harness, 's-2', 'other')
  const unknown = {
    errorCode: ErrorCode.UnknownMemberId,
    errorMessage: 'Instance id other is unknown.',
  }
  expect(stranger.heartbeat({ memberEpoch: 3 })).toMatchObject(unknown)
  expect(stranger.leave(-1)).toMatchObject(unknown)
})

test('a static member that does not return is removed when its session expires', async () => {
  const { harness, fixed, other } = staticGroup()
  fixed.leave(-2)
  await harness.clock.advance(SESSION_MS - 1)
  other.heartbeat()
  await harness.clock.advance(1)
  expect(describeMember(harness, 's-1')).toBeUndefined()
  other.heartbeat()
  expect(other.owned).toEqual(ofT(0, 1))
})

test('a static member that leaves for good gives up its partitions', () => {
  const { harness, fixed, other } = staticGroup()
  expect(fixed.leave(-1)).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: -1 })
  expect(describeMember(harness, 's-1')).toBeUndefined()
  other.heartbeat()
  expect(other.owned).toEqual(ofT(0, 1))
})

test('a static member that left while it had to revoke returns to its target', async () => {
  const harness = consumerHarness()
  const fixed = new ConsumerClient(harness, 's-1', 'i')
  fixed.join({ rebalanceTimeoutMs: 10_000 })
  new ConsumerClient(harness, 'd').join()
  fixed.heartbeat()
  fixed.leave(-2)
  await harness.clock.advance(20_000)
  const returned = new ConsumerClient(harness, 's-2', 'i')
  expect(returned.join()).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: 3 })
  expect(Object.values(returned.owned)).toHaveLength(1)
})
