import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { GROUP, TOPIC_ID } from '../support.ts'
import {
  ConsumerClient,
  SESSION_MS,
  consumerHarness,
  describe,
  describeMember,
  ofT,
  settleGroup,
  stableGroup,
} from './support.ts'

test('the first member gets all partitions with its join', () => {
  const harness = consumerHarness()
  const a = new ConsumerClient(harness, 'a')
  expect(a.join()).toEqual({
    errorCode: ErrorCode.None,
    errorMessage: null,
    memberId: 'a',
    memberEpoch: 2,
    heartbeatIntervalMs: 5000,
    assignment: { topicPartitions: [{ topicId: TOPIC_ID, partitions: [0, 1] }] },
  })
  expect(describe(harness)).toMatchObject({
    groupState: 'Stable',
    groupEpoch: 2,
    assignmentEpoch: 2,
    assignorName: 'uniform',
    members: [
      {
        memberId: 'a',
        memberEpoch: 2,
        clientId: 'client',
        clientHost: '/127.0.0.1',
        subscribedTopicNames: ['t'],
        subscribedTopicRegex: '',
        memberType: 1,
      },
    ],
  })
})

test('version 0 gives the member an id', () => {
  const harness = consumerHarness()
  const response = new ConsumerClient(harness, '').join({ apiVersion: 0 })
  expect(response.errorCode).toBe(ErrorCode.None)
  expect(response.memberId).toHaveLength(22)
  expect(describe(harness).members[0]!.memberId).toBe(response.memberId)
})

test('a heartbeat without news has no assignment', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  expect(a!.heartbeat()).toMatchObject({ errorCode: ErrorCode.None, assignment: null })
})

test('a second member gets its partition when the first has revoked it', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const b = new ConsumerClient(harness, 'b')
  expect(b.join()).toMatchObject({ memberEpoch: 3, assignment: { topicPartitions: [] } })
  expect(describe(harness).groupState).toBe('Reconciling')

  const revoke = a!.heartbeat()
  expect(revoke).toMatchObject({ memberEpoch: 2 })
  expect(revoke.assignment!.topicPartitions).toHaveLength(1)
  const kept = a!.owned[TOPIC_ID]![0]!
  expect(b.acknowledge()).toMatchObject({ memberEpoch: 3, assignment: null })

  expect(a!.acknowledge()).toMatchObject({ memberEpoch: 3 })
  expect(b.acknowledge()).toMatchObject({
    memberEpoch: 3,
    assignment: { topicPartitions: [{ topicId: TOPIC_ID, partitions: [1 - kept] }] },
  })
  expect(describe(harness).groupState).toBe('Stable')
})

test('the partitions of a member that leaves go to the others', () => {
  const harness = consumerHarness()
  const [a, b] = stableGroup(harness, ['a', 'b'])
  expect(b!.leave()).toEqual({
    errorCode: ErrorCode.None,
    errorMessage: null,
    memberId: 'b',
    memberEpoch: -1,
    heartbeatIntervalMs: 0,
    assignment: null,
  })
  expect(describe(harness).groupState).toBe('Assigning')
  expect(a!.heartbeat()).toMatchObject({ memberEpoch: 4 })
  expect(a!.owned).toEqual(ofT(0, 1))
  expect(describe(harness)).toMatchObject({ groupState: 'Stable', groupEpoch: 4 })
})

test('a group without members is empty, and a new member finds it', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  a!.leave()
  expect(describe(harness)).toMatchObject({
    groupState: 'Empty',
    groupEpoch: 3,
    assignmentEpoch: 3,
    members: [],
  })
  expect(new ConsumerClient(harness, 'b').join()).toMatchObject({ memberEpoch: 4 })
})

test('a member without a heartbeat is removed when its session expires', async () => {
  const harness = consumerHarness()
  const [a, b] = stableGroup(harness, ['a', 'b'])
  await harness.clock.advance(SESSION_MS - 1)
  a!.heartbeat()
  expect(describeMember(harness, 'b')).toBeDefined()
  await harness.clock.advance(1)
  expect(describeMember(harness, 'b')).toBeUndefined()
  expect(b!.heartbeat()).toMatchObject({
    errorCode: ErrorCode.UnknownMemberId,
    errorMessage: `Member b is not a member of group ${GROUP}.`,
  })
  a!.heartbeat()
  expect(a!.owned).toEqual(ofT(0, 1))
})

test('a member that does not revoke in time is removed', async () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const b = new ConsumerClient(harness, 'b')
  b.join()
  a!.heartbeat({ rebalanceTimeoutMs: 10_000 })
  await harness.clock.advance(9_999)
  expect(describeMember(harness, 'a')).toBeDefined()
  await harness.clock.advance(1)
  expect(describeMember(harness, 'a')).toBeUndefined()
  b.heartbeat()
  expect(b.owned).toEqual(ofT(0, 1))
})

test('a member that revokes in time stays', async () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const b = new ConsumerClient(harness, 'b')
  b.join()
  a!.heartbeat({ rebalanceTimeoutMs: 10_000 })
  await harness.clock.advance(9_999)
  a!.acknowledge()
  b.heartbeat()
  await harness.clock.advance(20_000)
  expect(describeMember(harness, 'a')).toBeDefined()
})

test('three members share the partitions of two topics', () => {
  const harness = consumerHarness()
  harness.addTopic('u', 'AAAAAAAAAAAAAAAAAAAAUQ', 4)
  const clients = ['a', 'b', 'c'].map((id) => new ConsumerClient(harness, id))
  for (const client of clients) client.join({ subscribedTopicNames: ['t', 'u'] })
  settleGroup(harness, clients)
  const owned = clients.flatMap((client) =>
    Object.entries(client.owned).flatMap(([topicId, partitions]) =>
      partitions.map((partition) => `${topicId}-${partition}`),
    ),
  )
  expect(new Set(owned).size).toBe(6)
  expect(owned).toHaveLength(6)
})
