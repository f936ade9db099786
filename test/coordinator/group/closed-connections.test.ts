import { describe, expect, test } from 'vitest'
import {
  ENDED_GRACE_MS,
  RECONNECT_GRACE_MS,
} from '../../../src/coordinator/group/member-session.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { Member } from './support.ts'
import { immediate } from '../memory-internal-topic.ts'
import { GROUP, Harness, SESSION_MS, TOPIC_ID } from './support.ts'

/** The same member over a new connection. */
function reconnected(member: Member): Member {
  const { memberId, generationId } = member
  return Object.assign(member.harness.member(member.clientId), { memberId, generationId })
}

const idsIn = (harness: Harness) => harness.describe().members.map(({ memberId }) => memberId)

describe('in profile test, a member whose connection closes', () => {
  test('can send a Heartbeat over another connection at once', async () => {
    const harness = new Harness({ profile: 'test' })
    const member = harness.member()
    await harness.answered(member.join({ apiVersion: 3 }))
    member.connection.close()
    expect(reconnected(member).heartbeat()).toBe(ErrorCode.None)
  })

  test('is removed when it sends nothing over another one', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a, b] = await harness.stableGroup(2)
    b!.connection.close()
    await harness.clock.advance(RECONNECT_GRACE_MS - 1)
    expect(a!.heartbeat()).toBe(ErrorCode.None)
    await harness.clock.advance(1)
    expect(a!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    expect(reconnected(b!).heartbeat()).toBe(ErrorCode.UnknownMemberId)
    expect(await a!.join()).toMatchObject({ generationId: 2, members: [{ memberId: a!.memberId }] })
  })

  test('is removed almost at once when its client has closed it', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a, b] = await harness.stableGroup(2)
    b!.connection.end()
    await harness.clock.advance(ENDED_GRACE_MS - 1)
    expect(idsIn(harness)).toContain(b!.memberId)
    await harness.clock.advance(1)
    expect(idsIn(harness)).toEqual([a!.memberId])
  })

  test('stays when its client continues on another one', async () => {
    const harness = new Harness({ profile: 'test' })
    const [, b] = await harness.stableGroup(2)
    b!.connection.end()
    await harness.clock.advance(ENDED_GRACE_MS - 1)
    expect(reconnected(b!).heartbeat()).toBe(ErrorCode.None)
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect(idsIn(harness)).toContain(b!.memberId)
  })

  test.each<[string, (leader: Member, member: Member, another: Member) => Promise<void>]>([
    [
      'Heartbeat',
      async (_, member, another) => {
        void another.join({ apiVersion: 3 })
        expect(member.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
      },
    ],
    [
      'SyncGroup',
      async (leader, member, another) => {
        await Promise.all([leader.join(), member.join()])
        void another.join({ apiVersion: 3 })
        expect((await member.sync()).errorCode).toBe(ErrorCode.RebalanceInProgress)
      },
    ],
    [
      'SyncGroup that waited',
      async (leader, member, another) => {
        await Promise.all([leader.join(), member.join()])
        const synced = member.sync()
        void another.join({ apiVersion: 3 })
        expect((await synced).errorCode).toBe(ErrorCode.RebalanceInProgress)
      },
    ],
  ])(
    'has the whole grace period to join again over another one when the response to its %s asked it to',
    async (_, beAsked) => {
      const harness = new Harness({ profile: 'test' })
      const [leader, member] = await harness.stableGroup(2)
      await beAsked(leader!, member!, harness.member('another'))
      member!.connection.end()
      await harness.clock.advance(RECONNECT_GRACE_MS - 1)
      const again = reconnected(member!)
      void again.join()
      await harness.clock.advance(RECONNECT_GRACE_MS)
      expect(idsIn(harness)).toContain(member!.memberId)
      // It has joined, so the next close means that its client has ended.
      again.connection.end()
      await harness.clock.advance(ENDED_GRACE_MS)
      expect(idsIn(harness)).not.toContain(member!.memberId)
    },
  )

  test('is removed when it was asked to join again, closes its connection and does not come back', async () => {
    const harness = new Harness({ profile: 'test' })
    const [, member] = await harness.stableGroup(2)
    void harness.member('another').join({ apiVersion: 3 })
    expect(member!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    member!.connection.end()
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect(idsIn(harness)).not.toContain(member!.memberId)
  })

  test('is removed when its session expires, if that is sooner', async () => {
    const harness = new Harness({
      profile: 'test',
      configs: { 'group.min.session.timeout.ms': 100 },
    })
    const [, b] = await harness.stableGroup(2, () => ({ sessionTimeoutMs: 100 }))
    await harness.clock.advance(60)
    b!.connection.close()
    await harness.clock.advance(39)
    expect(idsIn(harness)).toContain(b!.memberId)
    await harness.clock.advance(1)
    expect(idsIn(harness)).not.toContain(b!.memberId)
  })

  test.each<[string, (member: Member) => unknown]>([
    ['JoinGroup', (member) => member.join()],
    ['JoinGroup that is refused', (member) => member.join({ protocolType: 'connect' })],
    ['SyncGroup', (member) => member.sync()],
    ['SyncGroup that is refused', (member) => member.sync({}, { generationId: 99 })],
    ['Heartbeat', (member) => member.heartbeat()],
    ['Heartbeat that is refused', (member) => member.heartbeat({ generationId: 99 })],
    ['OffsetCommit', (member) => member.commit(1)],
    [
      'OffsetCommit that is refused',
      (member) => member.commit(1, { generationIdOrMemberEpoch: 99 }),
    ],
    [
      'OffsetFetch',
      (member) => {
        const topics = [{ name: 't', topicId: TOPIC_ID, partitionIndexes: [0] }]
        const groups = [{ groupId: GROUP, memberId: member.memberId, memberEpoch: -1, topics }]
        const request = { groupId: '', topics: null, groups, requireStable: false }
        void member.harness.coordinator.offsets.offsetFetch(request, member.context(9))
      },
    ],
  ])(
    'stays after a %s over another connection, whose close starts a new grace period',
    async (_, send) => {
      const harness = new Harness({ profile: 'test' })
      const [leader, member] = await harness.stableGroup(2)
      member!.connection.close()
      await harness.clock.advance(RECONNECT_GRACE_MS - 1)
      const again = reconnected(member!)
      void send(again)
      await harness.clock.advance(2)
      expect(idsIn(harness)).toContain(member!.memberId)
      leader!.heartbeat()
      again.connection.close()
      await harness.clock.advance(RECONNECT_GRACE_MS - 3)
      expect(idsIn(harness)).toContain(member!.memberId)
      await harness.clock.advance(3)
      expect(idsIn(harness)).toEqual([leader!.memberId])
    },
  )

  test('stays as long as it has another open connection', async () => {
    const harness = new Harness({ profile: 'test' })
    const [joining] = await harness.stableGroup(1)
    const heartbeats = reconnected(joining!)
    expect(heartbeats.heartbeat()).toBe(ErrorCode.None)
    heartbeats.connection.close()
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect(joining!.heartbeat()).toBe(ErrorCode.None)
    joining!.connection.close()
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect(harness.describe().groupState).toBe('Empty')
  })

  test('while its JoinGroup waits joins the generation when it sends it again', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a, b] = await harness.stableGroup(2)
    void b!.join({ protocols: [{ name: 'range', metadata: Buffer.from('changed') }] })
    b!.connection.close()
    const again = reconnected(b!)
    const joined = again.join({ protocols: [{ name: 'range', metadata: Buffer.from('changed') }] })
    expect(await a!.join()).toMatchObject({ generationId: 2 })
    expect(await joined).toMatchObject({ errorCode: ErrorCode.None, generationId: 2 })
    await harness.sync([a!, again])
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect(idsIn(harness)).toEqual([a!.memberId, b!.memberId])
  })

  test('while its JoinGroup waits joins the generation that formed although it got no response', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a, b] = await harness.stableGroup(2)
    a!.join().catch(() => {})
    const lost = b!.join()
    b!.connection.close()
    expect(await lost).toMatchObject({ generationId: 2 })
    expect(await reconnected(b!).join()).toMatchObject({ errorCode: 0, generationId: 2 })
  })

  test('while its JoinGroup waits delays the others at most for the grace period', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a, b] = await harness.stableGroup(2)
    const waiting = a!.join()
    a!.connection.close()
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect((await waiting).errorCode).toBe(ErrorCode.UnknownMemberId)
    expect((await b!.join()).generationId).toBe(2)
  })

  test('while it waits for its member id is removed immediately', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a] = await harness.stableGroup(1)
    const unnamed = harness.member()
    const waiting = unnamed.join({ apiVersion: 3 })
    unnamed.connection.close()
    expect((await waiting).errorCode).toBe(ErrorCode.UnknownMemberId)
    expect(idsIn(harness)).toEqual([a!.memberId])
    expect((await a!.join()).generationId).toBe(2)
  })

  test('while its SyncGroup waits gets its assignment when it sends it again', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a, b] = [harness.member('a'), harness.member('b')]
    await harness.answered(a.join({ apiVersion: 3 }), b.join({ apiVersion: 3 }))
    void b.sync()
    b.connection.close()
    await a.sync({ [a.memberId]: 'for a', [b.memberId]: 'for b' })
    const { assignment } = await reconnected(b).sync()
    expect(Buffer.from(assignment).toString()).toBe('for b')
  })

  test('does not block a rebalance beyond the grace period if it never used its member id', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a] = await harness.stableGroup(1)
    const pending = harness.member()
    await pending.join()
    const rejoin = a!.join()
    pending.connection.close()
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect((await rejoin).generationId).toBe(2)
  })

  test('uses its member id over another connection', async () => {
    const harness = new Harness({ profile: 'test' })
    const pending = harness.member()
    await pending.join()
    pending.connection.close()
    const again = reconnected(pending)
    expect(await harness.answered(again.join())).toMatchObject([{ errorCode: 0, generationId: 1 }])
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect(idsIn(harness)).toEqual([pending.memberId])
  })

  test('stays until its session expires when it is static', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a] = await harness.stableGroup(1, () => ({ groupInstanceId: 'i0', apiVersion: 9 }))
    const { memberId } = a!
    a!.connection.close()
    await harness.clock.advance(SESSION_MS - 1)
    expect(idsIn(harness)).toEqual([memberId])
    await harness.clock.advance(1)
    expect(idsIn(harness)).toEqual([])
  })

  test('before its JoinGroup was handled leaves no member behind', async () => {
    const harness = new Harness({ profile: 'test' })
    const member = harness.member()
    member.connection.close()
    await member.join({ apiVersion: 3 })
    expect(harness.describe().members).toEqual([])
  })

  test('stays a member in the offsets topic when the broker closes meanwhile', async () => {
    const harness = new Harness({ profile: 'test' })
    const [a] = await harness.stableGroup(1)
    a!.connection.close()
    harness.coordinator.close()
    const written = harness.log.records(harness.coordinator.partitionFor(GROUP)).length
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect(harness.log.records(harness.coordinator.partitionFor(GROUP))).toHaveLength(written)
  })

  test('does not bring back a group that was deleted', async () => {
    const harness = new Harness({ profile: 'test' })
    const pending = harness.member()
    await pending.join()
    pending.connection.close()
    const { results } = immediate(harness.coordinator.admin.deleteGroups({ groupsNames: [GROUP] }))
    expect(results).toEqual([{ groupId: GROUP, errorCode: ErrorCode.None }])
    await harness.clock.advance(RECONNECT_GRACE_MS)
    expect(harness.describe().groupState).toBe('Dead')
  })
})

test('in profile faithful, a member is not affected when its connection closes', async () => {
  const harness = new Harness({ profile: 'faithful' })
  const [a] = await harness.stableGroup(1)
  a!.connection.close()
  await harness.clock.advance(SESSION_MS - 1)
  expect(reconnected(a!).heartbeat()).toBe(ErrorCode.None)
})
