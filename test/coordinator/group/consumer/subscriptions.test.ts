import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { TOPIC_ID } from '../support.ts'
import {
  ConsumerClient,
  consumerHarness,
  describe,
  describeMember,
  settleGroup,
  stableGroup,
} from './support.ts'

const U_ID = 'AAAAAAAAAAAAAAAAAAAAUQ'

test('partitions of a topic that a member no longer wants are revoked at once', () => {
  const harness = consumerHarness()
  harness.addTopic('u', U_ID, 1)
  const a = new ConsumerClient(harness, 'a')
  a.join({ subscribedTopicNames: ['t', 'u'] })
  expect(a.heartbeat({ subscribedTopicNames: ['u'] })).toMatchObject({
    memberEpoch: 2,
    assignment: { topicPartitions: [{ topicId: U_ID, partitions: [0] }] },
  })
  expect(describeMember(harness, 'a')!.assignment.topicPartitions).toHaveLength(2)
  expect(a.acknowledge()).toMatchObject({ memberEpoch: 3 })
  expect(describeMember(harness, 'a')!.assignment.topicPartitions).toHaveLength(1)
})

test('a topic that does not exist is assigned when it is created', () => {
  const harness = consumerHarness()
  const a = new ConsumerClient(harness, 'a')
  expect(a.join({ subscribedTopicNames: ['u'] })).toMatchObject({
    memberEpoch: 2,
    assignment: { topicPartitions: [] },
  })
  harness.createTopic('u', U_ID, 1)
  expect(a.heartbeat()).toMatchObject({
    memberEpoch: 3,
    assignment: { topicPartitions: [{ topicId: U_ID, partitions: [0] }] },
  })
})

test('new partitions of a topic are assigned', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  harness.createTopic('t', TOPIC_ID, 3)
  expect(a!.heartbeat()).toMatchObject({
    memberEpoch: 3,
    assignment: { topicPartitions: [{ topicId: TOPIC_ID, partitions: [0, 1, 2] }] },
  })
})

test('the partitions of a deleted topic are revoked', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  harness.deleteTopic('t')
  expect(a!.heartbeat()).toMatchObject({ assignment: { topicPartitions: [] } })
  expect(a!.acknowledge()).toMatchObject({ memberEpoch: 3 })
  expect(describe(harness).groupState).toBe('Stable')
})

test('a change of another topic does not change the group', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  harness.createTopic('u', U_ID, 1)
  expect(a!.heartbeat()).toMatchObject({ memberEpoch: 2, assignment: null })
})

test('the assignor that most members prefer is used', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const b = new ConsumerClient(harness, 'b')
  b.join({ serverAssignor: 'range' })
  expect(describe(harness).assignorName).toBe('range')
  settleGroup(harness, [a!, b])
  const { groupEpoch } = describe(harness)
  b.heartbeat({ serverAssignor: 'uniform' })
  expect(describe(harness)).toMatchObject({ assignorName: 'uniform', groupEpoch: groupEpoch + 1 })
})

test('while as many members prefer one assignor as the other, some heartbeats change it', () => {
  const harness = consumerHarness()
  const [a, b] = stableGroup(harness, ['a', 'b'])
  a!.heartbeat({ serverAssignor: 'uniform' })
  const { groupEpoch } = describe(harness)
  b!.heartbeat({ serverAssignor: 'range' })
  expect(describe(harness)).toMatchObject({ assignorName: 'uniform', groupEpoch: groupEpoch + 1 })
  a!.heartbeat()
  expect(describe(harness).groupEpoch).toBe(groupEpoch + 1)
  b!.heartbeat()
  expect(describe(harness)).toMatchObject({ assignorName: 'uniform', groupEpoch: groupEpoch + 2 })
})

test('the first assignor of the broker is the default', () => {
  const harness = consumerHarness({
    'group.consumer.assignors': 'org.apache.kafka.coordinator.group.assignor.RangeAssignor,uniform',
  })
  stableGroup(harness, ['a'])
  expect(describe(harness).assignorName).toBe('range')
})

test('within the assignment interval the members keep the target that they have', async () => {
  const harness = consumerHarness({ 'group.consumer.assignment.interval.ms': 1000 })
  const [a] = stableGroup(harness, ['a'])
  const b = new ConsumerClient(harness, 'b')
  expect(b.join()).toMatchObject({ memberEpoch: 2, assignment: { topicPartitions: [] } })
  expect(describe(harness)).toMatchObject({
    groupState: 'Assigning',
    groupEpoch: 3,
    assignmentEpoch: 2,
  })
  await harness.clock.advance(999)
  expect(a!.heartbeat()).toMatchObject({ memberEpoch: 2, assignment: null })
  await harness.clock.advance(1)
  a!.heartbeat()
  expect(describe(harness)).toMatchObject({ groupState: 'Reconciling', assignmentEpoch: 3 })
  settleGroup(harness, [a!, b])
  expect(b.owned[TOPIC_ID]).toHaveLength(1)
})

test('a group that was empty assigns without an interval', () => {
  const harness = consumerHarness({ 'group.consumer.assignment.interval.ms': 1000 })
  const [a] = stableGroup(harness, ['a'])
  a!.leave()
  const b = new ConsumerClient(harness, 'b')
  expect(b.join()).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: 4 })
  expect(b.owned[TOPIC_ID]).toEqual([0, 1])
})

test('an assignor that is a Java class of a user is not available', () => {
  const harness = consumerHarness({ 'group.consumer.assignors': 'com.example.MyAssignor' })
  stableGroup(harness, ['a'])
  expect(describe(harness).assignorName).toBe('uniform')
})
