import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { GROUP, Harness, SESSION_MS, protocol } from './support.ts'

const UUID = /^consumer-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('JoinGroup', () => {
  test('a new member of version 4 and later gets a member id to join again with (KIP-394)', async () => {
    const harness = new Harness()
    const member = harness.member()
    const first = await member.join({ apiVersion: 4 })
    expect(first.errorCode).toBe(ErrorCode.MemberIdRequired)
    expect(first.memberId).toMatch(UUID)
    expect(first.protocolName).toBe('')
    const second = member.join({ apiVersion: 4 })
    await harness.clock.advance(3000)
    expect(await second).toMatchObject({
      errorCode: ErrorCode.None,
      generationId: 1,
      leader: member.memberId,
      memberId: member.memberId,
      protocolName: 'range',
      protocolType: 'consumer',
      members: [{ memberId: member.memberId }],
    })
  })

  test('a new member of version 3 and before joins immediately', async () => {
    const harness = new Harness({ profile: 'test' })
    const response = await harness.member().join({ apiVersion: 3 })
    expect(response).toMatchObject({ errorCode: ErrorCode.None, generationId: 1 })
  })

  test('an unused member id is dropped after the session timeout', async () => {
    const harness = new Harness()
    const member = harness.member()
    await member.join()
    await harness.clock.advance(SESSION_MS)
    expect((await member.join()).errorCode).toBe(ErrorCode.UnknownMemberId)
  })

  test('a member without a client id gets a member id with an empty prefix', async () => {
    const harness = new Harness()
    const member = harness.member('')
    expect((await member.join()).memberId).toMatch(/^-[0-9a-f]{8}-/)
  })

  test.each([
    ['an empty group id', { groupId: '' }, ErrorCode.InvalidGroupId],
    [
      'a session timeout below the least',
      { sessionTimeoutMs: 5999 },
      ErrorCode.InvalidSessionTimeout,
    ],
    [
      'a session timeout above the most',
      { sessionTimeoutMs: 1_800_001 },
      ErrorCode.InvalidSessionTimeout,
    ],
    ['a member id in an unknown group', { memberId: 'x' }, ErrorCode.UnknownMemberId],
    ['no protocols', { protocols: [] }, ErrorCode.InconsistentGroupProtocol],
    ['no protocol type', { protocolType: '' }, ErrorCode.InconsistentGroupProtocol],
  ])('%s is refused', async (_, overrides, errorCode) => {
    const response = await new Harness().member().join(overrides)
    expect(response).toMatchObject({
      errorCode,
      generationId: -1,
      protocolName: null,
      protocolType: null,
      memberId: (overrides as { memberId?: string }).memberId ?? '',
      members: [],
    })
  })

  test('a refused JoinGroup leaves an empty group', async () => {
    const harness = new Harness()
    await harness.member().join({ protocols: [] })
    expect(harness.describe()).toMatchObject({ groupState: 'Empty', protocolType: '' })
  })

  test.each([
    ['another protocol type', { protocolType: 'connect' }],
    ['no protocol that all members support', { protocols: [protocol('sticky', 't')] }],
  ])('%s is inconsistent with the group', async (_, overrides) => {
    const harness = new Harness()
    await harness.stableGroup(2)
    expect((await harness.member().join(overrides)).errorCode).toBe(
      ErrorCode.InconsistentGroupProtocol,
    )
  })

  test('the members vote for a protocol among those that all support', async () => {
    const harness = new Harness()
    const [a, b] = [protocol('roundrobin', 't'), protocol('range', 't')]
    const choices = [
      [a, b],
      [b, a],
      [protocol('sticky', 't'), a, b],
    ]
    const joins = choices.map((protocols) => harness.member().join({ apiVersion: 3, protocols }))
    for (const { protocolName } of await harness.answered(...joins)) {
      expect(protocolName).toBe('roundrobin')
    }
  })

  test('fails, as Kafka, if a member with a pending id names an instance id', async () => {
    const harness = new Harness()
    const member = harness.member()
    await member.join({ apiVersion: 5 })
    const response = await member.join({ apiVersion: 5, groupInstanceId: 'i-1' })
    expect(response).toMatchObject({ errorCode: ErrorCode.UnknownServerError, memberId: '' })
  })

  test('a protocol that a member names twice counts once', async () => {
    const harness = new Harness()
    const [range, sticky] = [protocol('range', 't'), protocol('sticky', 't')]
    const choices = [[range], [range, sticky, sticky]]
    const joins = choices.map((protocols) => harness.member().join({ apiVersion: 3, protocols }))
    for (const { protocolName } of await harness.answered(...joins)) {
      expect(protocolName).toBe('range')
    }
    const other = await harness.member().join({ apiVersion: 3, protocols: [sticky] })
    expect(other.errorCode).toBe(ErrorCode.InconsistentGroupProtocol)
  })

  test('only the leader gets the members, with their metadata for the chosen protocol', async () => {
    const harness = new Harness()
    const leader = harness
      .member()
      .join({ apiVersion: 3, protocols: [protocol('x', 'u'), protocol('range', 't')] })
    const follower = harness.member().join({ apiVersion: 3 })
    await harness.answered(leader, follower)
    const { members } = await leader
    expect(members.map(({ metadata }) => metadata)).toEqual([
      protocol('range', 't').metadata,
      protocol('range', 't').metadata,
    ])
    expect((await follower).members).toEqual([])
    expect((await follower).leader).toBe((await leader).memberId)
  })

  test('version 0 rebalances within the session timeout', async () => {
    const harness = new Harness()
    const overrides = { apiVersion: 0, rebalanceTimeoutMs: -1 }
    const [member] = await harness.stableGroup(1, () => overrides)
    const other = harness.member().join(overrides)
    await harness.clock.advance(SESSION_MS / 2)
    expect(member!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    await harness.clock.advance(SESSION_MS / 2)
    expect(await other).toMatchObject({ generationId: 2, errorCode: ErrorCode.None })
  })

  describe('of a member of the generation', () => {
    test('is answered again before the leader has assigned', async () => {
      const harness = new Harness()
      const member = harness.member()
      const join = member.joinTwice()
      const [first] = await harness.answered(join)
      expect(await member.join()).toEqual(first)
    })

    test('of a follower without changes is answered without a rebalance', async () => {
      const harness = new Harness()
      const [leader, follower] = await harness.stableGroup(2)
      expect(await follower!.join()).toMatchObject({
        generationId: 1,
        leader: leader!.memberId,
        members: [],
      })
      expect(harness.describe().groupState).toBe('Stable')
    })

    test('of the leader starts a rebalance: it may know of changes that its metadata does not contain', async () => {
      const harness = new Harness()
      const [leader, follower] = await harness.stableGroup(2)
      const joins = [leader!.join()]
      expect(harness.describe().groupState).toBe('PreparingRebalance')
      expect(follower!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
      joins.push(follower!.join())
      expect((await Promise.all(joins)).map((r) => r.generationId)).toEqual([2, 2])
    })

    test('of a follower with another subscription starts a rebalance', async () => {
      const harness = new Harness()
      const [, follower] = await harness.stableGroup(2)
      void follower!.join({ protocols: [protocol('range', 'u')] })
      expect(harness.describe().groupState).toBe('PreparingRebalance')
    })
  })

  describe('with group.max.size', () => {
    const configs = { 'group.max.size': 2 }

    test('refuses members beyond it', async () => {
      const harness = new Harness({ configs })
      await harness.stableGroup(2)
      const response = await harness.member().join()
      expect(response).toMatchObject({ errorCode: ErrorCode.GroupMaxSizeReached, memberId: '' })
    })

    test('refuses the last ones while members gather', async () => {
      const harness = new Harness({ configs })
      const joins = [0, 1, 2].map(() => harness.member().join({ apiVersion: 3 }))
      expect((await harness.answered(...joins)).map((r) => r.errorCode)).toEqual([
        ErrorCode.None,
        ErrorCode.None,
        ErrorCode.GroupMaxSizeReached,
      ])
    })
  })

  test('a group is not created if its record cannot be appended', async () => {
    const harness = new Harness()
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    expect((await harness.member().join()).errorCode).toBe(ErrorCode.CoordinatorNotAvailable)
    harness.log.appendError = ErrorCode.NotLeaderOrFollower
    expect((await harness.member().join()).errorCode).toBe(ErrorCode.NotCoordinator)
    expect(harness.describe(GROUP, 5).groupState).toBe('Dead')
  })
})
