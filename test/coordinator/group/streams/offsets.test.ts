import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { commitTopic } from '../support.ts'
import { APP, SOURCE_ID, StreamsHarness } from './support.ts'

/** A group of two members. `a` has task 0_0 since epoch 2, and `b` 0_1 since epoch 3. */
function twoMembers() {
  const harness = new StreamsHarness()
  const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
  a.join()
  b.join()
  harness.settle([a, b])
  return harness
}

function commit(
  harness: StreamsHarness,
  memberId: string,
  epoch: number,
  options: { partition?: number; topic?: string; apiVersion?: number } = {},
): ErrorCode {
  const { partition = 0, topic = 'in', apiVersion = 9 } = options
  return harness.member('client').commit(5, {
    groupId: APP,
    memberId,
    generationIdOrMemberEpoch: epoch,
    apiVersion,
    topics: [commitTopic(topic, { [partition]: 5 }, '', SOURCE_ID)],
  }) as ErrorCode
}

test('a member commits with its current epoch', () => {
  const harness = twoMembers()
  expect(commit(harness, 'a', 3)).toBe(ErrorCode.None)
  expect(commit(harness, 'a', 3, { partition: 1 })).toBe(ErrorCode.None)
})

test('an older epoch is valid for tasks that the member has had since then', () => {
  const harness = twoMembers()
  expect(commit(harness, 'a', 2)).toBe(ErrorCode.None)
  expect(commit(harness, 'a', 1)).toBe(ErrorCode.StaleMemberEpoch)
  expect(commit(harness, 'b', 2, { partition: 1 })).toBe(ErrorCode.StaleMemberEpoch)
  expect(commit(harness, 'a', 2, { partition: 1 })).toBe(ErrorCode.StaleMemberEpoch)
  expect(commit(harness, 'a', 2, { topic: 't' })).toBe(ErrorCode.StaleMemberEpoch)
})

test('a member may commit for a task that it still revokes', () => {
  const harness = new StreamsHarness()
  const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
  a.join()
  b.join()
  a.heartbeat()
  expect(commit(harness, 'a', 2, { partition: 1 })).toBe(ErrorCode.None)
  a.acknowledge()
  expect(commit(harness, 'a', 2, { partition: 1 })).toBe(ErrorCode.StaleMemberEpoch)
})

test('newer epochs, unknown members and old clients are refused', () => {
  const harness = twoMembers()
  expect(commit(harness, 'a', 4)).toBe(ErrorCode.StaleMemberEpoch)
  expect(commit(harness, 'c', 3)).toBe(ErrorCode.UnknownMemberId)
  expect(commit(harness, '', -1)).toBe(ErrorCode.UnknownMemberId)
  expect(commit(harness, 'a', 3, { apiVersion: 8 })).toBe(ErrorCode.UnsupportedVersion)
})

test('anyone may commit to an empty group', () => {
  const harness = new StreamsHarness()
  const a = harness.streamsMember('a')
  a.join()
  a.leave()
  expect(commit(harness, '', -1)).toBe(ErrorCode.None)
})

test('a fetch of offsets must have the epoch of its member, if it has one', () => {
  const harness = twoMembers()
  const fetch = (memberId: string | null, memberEpoch: number) => {
    const groups = [{ groupId: APP, memberId, memberEpoch, topics: null }]
    const request = { groupId: '', topics: null, groups, requireStable: false }
    const context = harness.member('client').context(9)
    return immediate(harness.coordinator.offsets.offsetFetch(request, context)).groups[0]!.errorCode
  }
  expect(fetch('a', 3)).toBe(ErrorCode.None)
  expect(fetch(null, -1)).toBe(ErrorCode.None)
  expect(fetch('a', 2)).toBe(ErrorCode.StaleMemberEpoch)
  expect(fetch('c', 3)).toBe(ErrorCode.UnknownMemberId)
})
