import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { SESSION_MS, StreamsHarness } from './support.ts'
import type { StreamsMember } from './support.ts'

/** Returns a member with the instance id `i`, which has all tasks. */
function staticMember(harness: StreamsHarness, memberId = 'a'): StreamsMember {
  const member = harness.streamsMember(memberId)
  member.instanceId = 'i'
  return member
}

test('a static member that comes back with another id gets its tasks without a rebalance', () => {
  const harness = new StreamsHarness()
  const [before, after] = [staticMember(harness), staticMember(harness, 'b')]
  const processId = 'p'
  before.join({ processId })
  expect(before.leave({ memberEpoch: -2 })).toMatchObject({
    errorCode: ErrorCode.None,
    memberId: 'a',
    memberEpoch: -2,
  })
  expect(harness.state).toEqual(['Reconciling', 2, 2])
  expect(after.join({ processId })).toMatchObject({
    memberEpoch: 2,
    activeTasks: [{ partitions: [0, 1] }],
  })
  expect(harness.state).toEqual(['Stable', 2, 2])
  expect(harness.describeStreams().members.map(({ memberId }) => memberId)).toEqual(['b'])
})

test('its tasks are assigned again if its process is another one', () => {
  const harness = new StreamsHarness()
  const [before, after] = [staticMember(harness), staticMember(harness, 'b')]
  before.join()
  before.leave({ memberEpoch: -2 })
  expect(after.join()).toMatchObject({ memberEpoch: 3, activeTasks: [{ partitions: [0, 1] }] })
})

test('a static member that left for a while is removed when its session expires', async () => {
  const harness = new StreamsHarness()
  const member = staticMember(harness)
  member.join()
  member.leave({ memberEpoch: -2 })
  await harness.clock.advance(SESSION_MS)
  expect(harness.state).toEqual(['Empty', 3, 3])
})

test('a static member that leaves for good is removed at once', () => {
  const harness = new StreamsHarness()
  const member = staticMember(harness)
  member.join()
  expect(member.leave().memberEpoch).toBe(-1)
  expect(harness.state).toEqual(['Empty', 3, 3])
})

test('an instance id that is in use is not released', () => {
  const harness = new StreamsHarness()
  staticMember(harness).join()
  expect(staticMember(harness, 'b').join()).toMatchObject({
    errorCode: ErrorCode.UnreleasedInstanceId,
    errorMessage:
      'Static member b with instance id i cannot join the group because the instance id is owned by a member.',
  })
})

test('a member whose instance id has another owner is fenced', () => {
  const harness = new StreamsHarness()
  const [before, after] = [staticMember(harness), staticMember(harness, 'b')]
  before.join()
  before.leave({ memberEpoch: -2 })
  after.join()
  const fenced = {
    errorCode: ErrorCode.FencedInstanceId,
    errorMessage: 'Static member a with instance id i was fenced by member b.',
  }
  expect(before.heartbeat({ memberEpoch: 2 })).toMatchObject(fenced)
  expect(before.leave()).toMatchObject(fenced)
})

test('an unknown instance id is an error', () => {
  const harness = new StreamsHarness()
  harness.streamsMember('a').join()
  expect(staticMember(harness, 'b').heartbeat({ memberEpoch: 2 })).toMatchObject({
    errorCode: ErrorCode.UnknownMemberId,
    errorMessage: 'Instance id i is unknown.',
  })
})

test('in profile test a static member stays when its connection closes', async () => {
  const harness = new StreamsHarness({}, { profile: 'test' })
  const member = staticMember(harness)
  member.join()
  member.connection.close()
  await harness.clock.advance(SESSION_MS - 1)
  expect(harness.state).toEqual(['Stable', 2, 2])
})
