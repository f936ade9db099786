import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { GROUP, TOPIC_ID } from '../support.ts'
import { ConsumerClient, consumerHarness, describe, ofT, stableGroup } from './support.ts'

function message(comparison: string, received: number, known: number): string {
  return (
    `The consumer group member has a ${comparison} member epoch (${received}) than the one known ` +
    `by the group coordinator (${known}). The member must abandon all its partitions and rejoin.`
  )
}

test('a greater epoch is fenced', () => {
  const [a] = stableGroup(consumerHarness(), ['a'])
  expect(a!.heartbeat({ memberEpoch: 7 })).toMatchObject({
    errorCode: ErrorCode.FencedMemberEpoch,
    errorMessage: message('greater', 7, 2),
    memberId: null,
  })
})

test('the epoch before is accepted from a member that owns no more than it may', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const b = new ConsumerClient(harness, 'b')
  b.join()
  a!.heartbeat()
  const kept = a!.owned
  expect(a!.acknowledge()).toMatchObject({ memberEpoch: 3 })

  a!.memberEpoch = 2
  expect(a!.heartbeat()).toMatchObject({
    errorCode: ErrorCode.FencedMemberEpoch,
    errorMessage: message('smaller', 2, 3),
  })
  a!.memberEpoch = 2
  expect(a!.acknowledge(ofT(0, 1))).toMatchObject({ errorCode: ErrorCode.FencedMemberEpoch })
  a!.memberEpoch = 2
  expect(a!.acknowledge(kept)).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: 3 })
})

test('an epoch from before the previous one is fenced', () => {
  const harness = consumerHarness()
  const [a, b] = stableGroup(harness, ['a', 'b'])
  b!.leave()
  a!.heartbeat()
  expect(a!.memberEpoch).toBe(4)
  a!.memberEpoch = 2
  expect(a!.acknowledge({})).toMatchObject({
    errorCode: ErrorCode.FencedMemberEpoch,
    errorMessage: message('smaller', 2, 4),
  })
})

test('a member may join again with epoch 0 and gets its partitions', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  expect(a!.join()).toMatchObject({
    errorCode: ErrorCode.None,
    memberEpoch: 2,
    assignment: { topicPartitions: [{ topicId: TOPIC_ID, partitions: [0, 1] }] },
  })
  expect(describe(harness).groupEpoch).toBe(2)
})

test('a full heartbeat gets the assignment although it has not changed', () => {
  const [a] = stableGroup(consumerHarness(), ['a'])
  const full = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['t'] }
  expect(a!.heartbeat(full)).toMatchObject({ assignment: null })
  expect(a!.heartbeat({ ...full, topicPartitions: [] })).toMatchObject({
    memberEpoch: 2,
    assignment: { topicPartitions: [{ topicId: TOPIC_ID, partitions: [0, 1] }] },
  })
})

test('a member of an unknown group is refused unless it joins', () => {
  const harness = consumerHarness()
  const a = new ConsumerClient(harness, 'a')
  expect(a.heartbeat({ memberEpoch: 1 })).toMatchObject({
    errorCode: ErrorCode.GroupIdNotFound,
    errorMessage: `Consumer group ${GROUP} not found.`,
  })
  expect(a.leave()).toMatchObject({
    errorCode: ErrorCode.GroupIdNotFound,
    errorMessage: `Group ${GROUP} not found.`,
  })
})

test('an unknown member is refused unless it joins', () => {
  const harness = consumerHarness()
  stableGroup(harness, ['a'])
  const unknown = {
    errorCode: ErrorCode.UnknownMemberId,
    errorMessage: `Member b is not a member of group ${GROUP}.`,
  }
  const b = new ConsumerClient(harness, 'b')
  expect(b.heartbeat({ memberEpoch: 2 })).toMatchObject(unknown)
  expect(b.leave()).toMatchObject(unknown)
})

test('a full group refuses new members, but not those that it has', () => {
  const harness = consumerHarness({ 'group.consumer.max.size': 1 })
  const [a] = stableGroup(harness, ['a'])
  expect(new ConsumerClient(harness, 'b').join()).toMatchObject({
    errorCode: ErrorCode.GroupMaxSizeReached,
    errorMessage: 'The consumer group has reached its maximum capacity of 1 members.',
  })
  expect(a!.join()).toMatchObject({ errorCode: ErrorCode.None })
})

test('a full group lets a static member return', () => {
  const harness = consumerHarness({ 'group.consumer.max.size': 1 })
  const fixed = new ConsumerClient(harness, 's-1', 'i')
  fixed.join()
  fixed.leave(-2)
  const returned = new ConsumerClient(harness, 's-2', 'i')
  expect(returned.join()).toMatchObject({ errorCode: ErrorCode.None })
})
