import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { GROUP, TOPIC_ID, commitTopic } from '../support.ts'
import {
  ConsumerClient,
  consumerHarness,
  describe,
  ofT,
  settleGroup,
  stableGroup,
} from './support.ts'

/** Commits an offset of each partition, and returns the errors. */
function commit(
  client: ConsumerClient,
  partitions: readonly number[],
  { memberEpoch = client.memberEpoch, memberId = client.memberId, apiVersion = 9 } = {},
): number[] {
  const offsets = Object.fromEntries(partitions.map((partition) => [partition, 5]))
  const request = {
    groupId: GROUP,
    generationIdOrMemberEpoch: memberEpoch,
    memberId,
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [commitTopic('t', offsets)],
  }
  const context = { apiVersion, clientId: 'client', connection: client.connection }
  const response = immediate(client.harness.coordinator.offsets.offsetCommit(request, context))
  return response.topics[0]!.partitions.map(({ errorCode }) => errorCode)
}

function fetch(client: ConsumerClient, memberId: string | null, memberEpoch: number) {
  const topics = [{ name: 't', topicId: TOPIC_ID, partitionIndexes: [0] }]
  const request = {
    groupId: '',
    topics: null,
    groups: [{ groupId: GROUP, memberId, memberEpoch, topics }],
    requireStable: false,
  }
  const context = { apiVersion: 9, clientId: 'client', connection: client.connection }
  return immediate(client.harness.coordinator.offsets.offsetFetch(request, context)).groups[0]!
}

test('a member commits and fetches with its epoch', () => {
  const [a] = stableGroup(consumerHarness(), ['a'])
  expect(commit(a!, [0, 1])).toEqual([ErrorCode.None, ErrorCode.None])
  expect(fetch(a!, 'a', 2)).toMatchObject({
    errorCode: ErrorCode.None,
    topics: [{ partitions: [{ committedOffset: 5 }] }],
  })
})

test('a member commits with the epoch of an earlier assignment, for partitions that it has had since', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const b = new ConsumerClient(harness, 'b')
  b.join()
  settleGroup(harness, [a!, b])
  const [kept] = a!.owned[TOPIC_ID]!
  const [moved] = b.owned[TOPIC_ID]!
  expect(commit(a!, [kept!], { memberEpoch: 2 })).toEqual([ErrorCode.None])
  expect(commit(a!, [kept!, moved!], { memberEpoch: 2 })).toEqual([
    ErrorCode.StaleMemberEpoch,
    ErrorCode.StaleMemberEpoch,
  ])
  expect(commit(b, [moved!], { memberEpoch: 2 })).toEqual([ErrorCode.StaleMemberEpoch])
})

test('a member commits partitions that it must revoke', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  new ConsumerClient(harness, 'b').join()
  a!.heartbeat()
  expect(describe(harness).groupState).toBe('Reconciling')
  expect(commit(a!, [0, 1])).toEqual([ErrorCode.None, ErrorCode.None])
})

test('a later epoch is stale', () => {
  const [a] = stableGroup(consumerHarness(), ['a'])
  expect(commit(a!, [0], { memberEpoch: 3 })).toEqual([ErrorCode.StaleMemberEpoch])
})

test('an unknown member may not commit to a group with members', () => {
  const [a] = stableGroup(consumerHarness(), ['a'])
  expect(commit(a!, [0], { memberId: 'b' })).toEqual([ErrorCode.UnknownMemberId])
  expect(commit(a!, [0], { memberId: '', memberEpoch: -1 })).toEqual([ErrorCode.UnknownMemberId])
})

test('anybody commits to a group without members', () => {
  const [a] = stableGroup(consumerHarness(), ['a'])
  a!.leave()
  expect(commit(a!, [0], { memberId: '', memberEpoch: -1 })).toEqual([ErrorCode.None])
})

test('a member must not commit with a version from before KIP-848', () => {
  const [a] = stableGroup(consumerHarness(), ['a'])
  expect(commit(a!, [0], { apiVersion: 8 })).toEqual([ErrorCode.UnsupportedVersion])
})

test('a fetch with another epoch or member is refused', () => {
  const [a] = stableGroup(consumerHarness(), ['a'])
  expect(fetch(a!, 'a', 1).errorCode).toBe(ErrorCode.StaleMemberEpoch)
  expect(fetch(a!, 'a', 3).errorCode).toBe(ErrorCode.StaleMemberEpoch)
  expect(fetch(a!, 'b', 2).errorCode).toBe(ErrorCode.UnknownMemberId)
  expect(fetch(a!, null, -1).errorCode).toBe(ErrorCode.None)
})

test('offsets of a subscribed topic are not deleted', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  commit(a!, [0])
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }] }]
  const deleted = immediate(harness.coordinator.offsets.offsetDelete({ groupId: GROUP, topics }))
  expect(deleted.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.GroupSubscribedToTopic)
})

test('offsets expire by their own age when the group is empty', async () => {
  const harness = consumerHarness({ 'offsets.retention.minutes': 60 })
  const [a] = stableGroup(harness, ['a'])
  commit(a!, [0])
  a!.leave()
  await harness.clock.advance(50 * 60_000)
  expect(fetch(a!, null, -1).topics[0]!.partitions[0]!.committedOffset).toBe(5)
  await harness.clock.advance(20 * 60_000)
  expect(describe(harness).errorCode).toBe(ErrorCode.GroupIdNotFound)
})

test('offsets of a group with members stay', async () => {
  const harness = consumerHarness({ 'offsets.retention.minutes': 60 })
  const [a] = stableGroup(harness, ['a'])
  commit(a!, [0])
  for (let minutes = 0; minutes < 180; minutes++) {
    await harness.clock.advance(30_000)
    a!.heartbeat()
    await harness.clock.advance(30_000)
    a!.heartbeat()
  }
  expect(fetch(a!, null, -1).topics[0]!.partitions[0]!.committedOffset).toBe(5)
  expect(a!.owned).toEqual(ofT(0, 1))
})
