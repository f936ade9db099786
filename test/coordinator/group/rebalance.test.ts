import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Harness, REBALANCE_MS, SESSION_MS } from './support.ts'

describe('the initial rebalance', () => {
  test('waits group.initial.rebalance.delay.ms for the first members to gather', async () => {
    const harness = new Harness()
    const join = harness.member().join({ apiVersion: 3 })
    await harness.clock.advance(2999)
    expect(harness.describe().groupState).toBe('PreparingRebalance')
    await harness.clock.advance(1)
    expect((await join).generationId).toBe(1)
    expect(harness.describe().groupState).toBe('CompletingRebalance')
  })

  test('waits again when a member joined meanwhile, up to the rebalance timeout', async () => {
    const harness = new Harness()
    const joins = [harness.member().join({ apiVersion: 3, rebalanceTimeoutMs: 7000 })]
    for (let i = 0; i < 3; i++) {
      await harness.clock.advance(2000)
      joins.push(harness.member().join({ apiVersion: 3, rebalanceTimeoutMs: 7000 }))
      expect(harness.describe().groupState).toBe('PreparingRebalance')
    }
    await harness.clock.advance(1000)
    expect((await Promise.all(joins)).map((r) => r.generationId)).toEqual([1, 1, 1, 1])
  })

  test('ends within a turn of the event loop if the delay is 0, although the clock stands still', async () => {
    const harness = new Harness({ profile: 'test' })
    const joins = [1, 2].map(() => harness.member().join({ apiVersion: 3 }))
    const responses = await Promise.all(joins)
    expect(responses.map((r) => r.generationId)).toEqual([1, 1])
  })

  test('of a group whose only member left ends with an empty generation', async () => {
    const harness = new Harness()
    const member = harness.member()
    const join = member.join({ apiVersion: 3 })
    member.memberId = harness.describe().members[0]!.memberId
    member.leave()
    expect((await join).errorCode).toBe(ErrorCode.UnknownMemberId)
    await harness.clock.advance(3000)
    expect(harness.describe().groupState).toBe('Empty')
  })

  test('ends when a pending member expires and all others have joined', async () => {
    const delayMs = 2 * SESSION_MS
    const harness = new Harness({ configs: { 'group.initial.rebalance.delay.ms': delayMs } })
    const join = harness.member().join({ apiVersion: 3 })
    await harness.member().join({ apiVersion: 9 })
    await harness.clock.advance(SESSION_MS - 1)
    expect(harness.describe().groupState).toBe('PreparingRebalance')
    await harness.clock.advance(1)
    expect((await join).generationId).toBe(1)
  })

  test('does not end when a pending member leaves', async () => {
    const harness = new Harness()
    const join = harness.member().join({ apiVersion: 3 })
    const pending = harness.member()
    await pending.join({ apiVersion: 9 })
    pending.leave()
    expect(harness.describe().groupState).toBe('PreparingRebalance')
    await harness.clock.advance(3000)
    expect((await join).generationId).toBe(1)
  })
})

describe('a rebalance', () => {
  test('completes as soon as all members have rejoined', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    const c = harness.member()
    const joins = [c.join({ apiVersion: 3 }), a!.join()]
    expect(b!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    joins.push(b!.join())
    expect((await Promise.all(joins)).map((r) => r.generationId)).toEqual([2, 2, 2])
  })

  test('waits for pending members (KIP-394)', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(1)
    const b = harness.member()
    await b.join()
    const rejoin = a!.join()
    expect(harness.describe().groupState).toBe('PreparingRebalance')
    const responses = await Promise.all([rejoin, b.join()])
    expect(responses.map((r) => r.generationId)).toEqual([2, 2])
  })

  test('continues without a pending member whose session expired', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(1)
    await harness.member().join()
    const rejoin = a!.join()
    await harness.clock.advance(SESSION_MS)
    expect(await rejoin).toMatchObject({ generationId: 2, members: [{ memberId: a!.memberId }] })
  })

  test('removes dynamic members that have not rejoined within the rebalance timeout', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    const join = a!.join()
    for (let elapsed = 0; elapsed < REBALANCE_MS; elapsed += 5000) {
      expect(b!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
      await harness.clock.advance(5000)
    }
    expect((await join).members.map(({ memberId }) => memberId)).toEqual([a!.memberId])
    expect(b!.heartbeat()).toBe(ErrorCode.UnknownMemberId)
  })

  test('elects another leader if the old one has not rejoined', async () => {
    const harness = new Harness()
    const [leader, follower] = await harness.stableGroup(2)
    const join = harness.member().join({ apiVersion: 3 })
    const rejoin = follower!.join()
    await harness.clock.advance(SESSION_MS)
    expect((await join).leader).toBe(follower!.memberId)
    expect(await rejoin).toMatchObject({ leader: follower!.memberId, generationId: 2 })
    expect((await rejoin).members).toHaveLength(2)
    expect(leader!.heartbeat()).toBe(ErrorCode.UnknownMemberId)
  })

  test('removes members that do not sync within the rebalance timeout', async () => {
    const harness = new Harness()
    const [a, b] = [harness.member('a'), harness.member('b')]
    await harness.answered(a.join({ apiVersion: 3 }), b.join({ apiVersion: 3 }))
    void a.sync({ [a.memberId]: 'all' })
    for (let elapsed = 0; elapsed < REBALANCE_MS; elapsed += 5000) {
      expect([a.heartbeat(), b.heartbeat()]).toEqual([ErrorCode.None, ErrorCode.None])
      await harness.clock.advance(5000)
    }
    expect(b.heartbeat()).toBe(ErrorCode.UnknownMemberId)
    expect(a.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
  })
})

describe('a session', () => {
  test('expires without heartbeats, and the others rebalance', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    await harness.clock.advance(SESSION_MS / 2)
    expect(a!.heartbeat()).toBe(ErrorCode.None)
    await harness.clock.advance(SESSION_MS / 2)
    expect(b!.heartbeat()).toBe(ErrorCode.UnknownMemberId)
    expect(a!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    expect(await a!.join()).toMatchObject({ generationId: 2, errorCode: ErrorCode.None })
  })

  test('of the last member leaves the group empty, in a new generation', async () => {
    const harness = new Harness()
    await harness.stableGroup(1)
    await harness.clock.advance(SESSION_MS)
    expect(harness.describe()).toMatchObject({ groupState: 'Empty', protocolType: 'consumer' })
    const [join] = await harness.answered(harness.member().join({ apiVersion: 3 }))
    expect(join!.generationId).toBe(3)
  })

  test('does not expire while the member waits for the others to join', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    const join = a!.join()
    for (let i = 0; i < 5; i++) {
      await harness.clock.advance(SESSION_MS / 2)
      b!.heartbeat()
    }
    await Promise.all([join, b!.join()])
    expect(a!.heartbeat()).toBe(ErrorCode.None)
  })

  test('of a new member that waits for its first generation is five minutes, whatever it requested', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(1, () => ({ rebalanceTimeoutMs: 600_000 }))
    const join = harness.member().join({ apiVersion: 3 })
    for (let elapsed = 0; elapsed < 300_000; elapsed += 5000) {
      expect(harness.describe().members).toHaveLength(2)
      a!.heartbeat()
      await harness.clock.advance(5000)
    }
    expect(await join).toMatchObject({ errorCode: ErrorCode.UnknownMemberId, memberId: '' })
    expect(harness.describe().members).toHaveLength(1)
  })
})

describe('Heartbeat', () => {
  test.each([
    ['an empty group id', { groupId: '' }, ErrorCode.InvalidGroupId],
    ['an unknown group', { groupId: 'nope' }, ErrorCode.UnknownMemberId],
    ['an unknown member', { memberId: 'nope' }, ErrorCode.UnknownMemberId],
    ['another generation', { generationId: 9 }, ErrorCode.IllegalGeneration],
    ['an unknown instance', { groupInstanceId: 'nope' }, ErrorCode.UnknownMemberId],
  ])('with %s is refused', async (_, overrides, errorCode) => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    expect(member!.heartbeat(overrides)).toBe(errorCode)
  })

  test('is accepted before the leader has assigned', async () => {
    const harness = new Harness()
    const member = harness.member()
    await harness.answered(member.join({ apiVersion: 3 }))
    expect(member.heartbeat()).toBe(ErrorCode.None)
  })

  test('of a pending member is refused as of an unknown one', async () => {
    const harness = new Harness()
    await harness.stableGroup(1)
    const pending = harness.member()
    await pending.join()
    expect(pending.heartbeat({ generationId: 1 })).toBe(ErrorCode.UnknownMemberId)
  })
})
