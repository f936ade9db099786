import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ConsumerClient, describe as describeGroup, ofT } from '../consumer/support.ts'
import { GROUP, TOPIC_ID } from '../support.ts'
import { classicGroup, kindOf, migrationHarness, protocols, SESSION_MS } from './support.ts'

describe('a classic group that a new consumer joins', () => {
  test('becomes a consumer group whose members keep their partitions and generation', async () => {
    const harness = migrationHarness()
    const [a, b] = await classicGroup(harness, 2)
    const c = new ConsumerClient(harness, 'c')
    expect(c.join()).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: 2 })
    expect(kindOf(harness)).toBe('consumer Reconciling')
    const described = describeGroup(harness).members.map(
      ({ memberId, memberEpoch, memberType, assignment }) => {
        const partitions = assignment.topicPartitions.flatMap((topic) => topic.partitions)
        return [memberId, { memberEpoch, memberType, partitions }] as const
      },
    )
    expect(Object.fromEntries(described)).toEqual({
      [a!.memberId]: { memberEpoch: 1, memberType: 0, partitions: [0] },
      [b!.memberId]: { memberEpoch: 1, memberType: 0, partitions: [1] },
      c: { memberEpoch: 2, memberType: 1, partitions: [] },
    })
  })

  test('is the same group after another broker has read its records', async () => {
    const harness = migrationHarness()
    await classicGroup(harness, 2)
    new ConsumerClient(harness, 'c').join()
    const other = harness.reread()
    expect(describeGroup(other)).toEqual(describeGroup(harness))
  })

  test('keeps its committed offsets', async () => {
    const harness = migrationHarness()
    const [a] = await classicGroup(harness, 1)
    expect(a!.commit(5)).toBe(ErrorCode.None)
    new ConsumerClient(harness, 'c').join()
    expect(harness.committed()).toBe(5)
    expect(harness.reread().committed()).toBe(5)
  })

  test('stays as it is if the records cannot be written, but its members join again', async () => {
    const harness = migrationHarness()
    const [a, b] = await classicGroup(harness, 2)
    const waiting = a!.join({ protocols: protocols() })
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    const c = new ConsumerClient(harness, 'c')
    expect(c.join().errorCode).toBe(ErrorCode.CoordinatorNotAvailable)
    harness.log.appendError = ErrorCode.None
    expect((await waiting).errorCode).toBe(ErrorCode.RebalanceInProgress)
    expect(kindOf(harness)).toBe('classic PreparingRebalance')
    const joins = [a!.join({ protocols: protocols() }), b!.join({ protocols: protocols() })]
    for (const joined of await Promise.all(joins)) expect(joined.errorCode).toBe(ErrorCode.None)
  })

  test('stays as it is while a member waits that does not support its protocol', async () => {
    const harness = migrationHarness()
    const [a] = await classicGroup(harness, 1, () => ({ protocols: protocols('sticky', 'range') }))
    const waiting = harness.member('other').join({ apiVersion: 3, protocols: protocols('range') })
    const c = new ConsumerClient(harness, 'c')
    expect(c.join().errorCode).toBe(ErrorCode.UnknownServerError)
    expect((await waiting).errorCode).toBe(ErrorCode.RebalanceInProgress)
    expect(kindOf(harness)).toBe('classic PreparingRebalance')
    expect(a!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
  })

  test('answers members that wait for a rebalance with REBALANCE_IN_PROGRESS', async () => {
    const harness = migrationHarness()
    const [a, b] = await classicGroup(harness, 2)
    const joining = a!.join({ protocols: protocols() })
    new ConsumerClient(harness, 'c').join()
    expect((await joining).errorCode).toBe(ErrorCode.RebalanceInProgress)
    expect(b!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    await harness.clock.advance(SESSION_MS - 1)
    expect(kindOf(harness)).toMatch(/^consumer/)
  })

  test('answers members that wait for their assignment with REBALANCE_IN_PROGRESS', async () => {
    const harness = migrationHarness()
    const [a, b] = await classicGroup(harness, 2)
    await harness.answered(a!.join({ protocols: protocols() }), b!.join({ protocols: protocols() }))
    const syncing = b!.sync()
    new ConsumerClient(harness, 'c').join()
    expect((await syncing).errorCode).toBe(ErrorCode.RebalanceInProgress)
  })

  test('removes its members when their own session timeout is over', async () => {
    const harness = migrationHarness()
    await classicGroup(harness, 2, (index) => ({ sessionTimeoutMs: SESSION_MS * (index + 1) }))
    const c = new ConsumerClient(harness, 'c')
    c.join()
    await harness.clock.advance(SESSION_MS - 1)
    expect(describeGroup(harness).members).toHaveLength(3)
    await harness.clock.advance(1)
    expect(describeGroup(harness).members).toHaveLength(2)
    await harness.clock.advance(SESSION_MS)
    c.acknowledge()
    expect(c.owned).toEqual(ofT(0, 1))
  })

  test('ends with new consumers only when the classic members have left', async () => {
    const harness = migrationHarness()
    const [a] = await classicGroup(harness, 1)
    const c = new ConsumerClient(harness, 'c')
    c.join()
    expect(a!.leave().members[0]!.errorCode).toBe(ErrorCode.None)
    c.acknowledge()
    expect(c.owned).toEqual(ofT(0, 1))
    expect(kindOf(harness)).toBe('consumer Stable')
  })
})

describe('a classic group is not upgraded', () => {
  const messageOf = (client: ConsumerClient) => client.join().errorMessage

  test.each(['disabled', 'downgrade', 'DISABLED'])('with the policy %s', async (policy) => {
    const harness = migrationHarness({ 'group.consumer.migration.policy': policy })
    await classicGroup(harness, 1)
    expect(messageOf(new ConsumerClient(harness, 'c'))).toBe(
      `Cannot upgrade classic group ${GROUP} to consumer group because online upgrade is disabled.`,
    )
    expect(kindOf(harness)).toBe('classic Stable')
  })

  test('with more members than group.consumer.max.size', async () => {
    const harness = migrationHarness({ 'group.consumer.max.size': 1 })
    await classicGroup(harness, 2)
    expect(messageOf(new ConsumerClient(harness, 'c'))).toBe(
      `Cannot upgrade classic group ${GROUP} to consumer group because the group size exceeds the ` +
        'consumer group maximum size.',
    )
  })

  test('by a heartbeat of a member that does not join', async () => {
    const harness = migrationHarness()
    const [a] = await classicGroup(harness, 1)
    const c = new ConsumerClient(harness, a!.memberId)
    expect(c.heartbeat({ memberEpoch: 1 })).toMatchObject({
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: `Group ${GROUP} is not a consumer group.`,
    })
  })

  test('before its first generation, in which Kafka fails', async () => {
    const harness = migrationHarness({ 'group.initial.rebalance.delay.ms': 3000 })
    const joining = harness.member().join({ apiVersion: 3, protocols: protocols() })
    const c = new ConsumerClient(harness, 'c')
    expect(c.join().errorCode).toBe(ErrorCode.UnknownServerError)
    expect((await joining).errorCode).toBe(ErrorCode.RebalanceInProgress)
    expect(kindOf(harness)).toBe('classic PreparingRebalance')
  })

  test.each([
    ['is removed when the first rebalance ends', 3000, ErrorCode.UnknownMemberId],
    ['stays if it joins again before that', 2999, ErrorCode.None],
  ])('so a member that waited for its first generation %s', async (_, afterMs, errorCode) => {
    const harness = migrationHarness({ 'group.initial.rebalance.delay.ms': 3000 })
    const member = harness.member()
    const joining = member.join({ apiVersion: 3, protocols: protocols() })
    new ConsumerClient(harness, 'c').join()
    await joining
    await harness.clock.advance(afterMs)
    const again = member.join({ protocols: protocols() })
    await harness.clock.advance(1)
    expect((await again).errorCode).toBe(errorCode)
  })
})

test('an empty classic group is replaced by a consumer group', async () => {
  const harness = migrationHarness({ 'group.consumer.migration.policy': 'disabled' })
  const [a] = await classicGroup(harness, 1)
  a!.leave()
  expect(kindOf(harness)).toBe('classic Empty')
  const c = new ConsumerClient(harness, 'c')
  c.join()
  expect(c.owned).toEqual({ [TOPIC_ID]: [0, 1] })
  expect(kindOf(harness.reread())).toBe('consumer Stable')
})
