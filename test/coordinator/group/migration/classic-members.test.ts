import { describe, expect, test } from 'vitest'
import {
  RECONNECT_GRACE_MS,
  UNANSWERED_GRACE_MS,
} from '../../../../src/coordinator/group/member-session.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ConsumerClient, describeMember, stableGroup } from '../consumer/support.ts'
import type { Harness, Member } from '../support.ts'
import {
  joinWithId,
  kindOf,
  migrationHarness,
  protocols,
  REBALANCE_MS,
  SESSION_MS,
} from './support.ts'

/** A stable consumer group with a new consumer and a classic member that has its partition. */
async function mixedGroup(configs = {}, profile: 'test' | 'faithful' = 'faithful') {
  const harness = migrationHarness(configs, profile)
  const [c] = stableGroup(harness, ['c'])
  const a = await joinWithId(harness, 'a')
  await a.sync()
  c!.acknowledge()
  c!.acknowledge()
  expect(a.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
  await a.join({ protocols: protocols() })
  await a.sync()
  c!.acknowledge()
  expect(kindOf(harness)).toBe('consumer Stable')
  return { harness, a, c: c! }
}

/** Moves the clock while both members send heartbeats. */
async function pass(harness: Harness, durationMs: number, ...members: (Member | ConsumerClient)[]) {
  const end = harness.clock.now() + durationMs
  while (harness.clock.now() < end) {
    await harness.clock.advance(Math.min(SESSION_MS / 2, end - harness.clock.now()))
    for (const member of members) member.heartbeat()
  }
}

describe('a classic member of a consumer group', () => {
  test('is removed when its own session timeout is over', async () => {
    const { harness } = await mixedGroup()
    await harness.clock.advance(SESSION_MS - 1)
    expect(describeMember(harness, 'a')).toBeDefined()
    await harness.clock.advance(1)
    expect(describeMember(harness, 'a')).toBeUndefined()
  })

  test('has the session timeout of the group after a restart, until its next request', async () => {
    const groupMs = 3 * SESSION_MS
    const { harness, a, c } = await mixedGroup({
      'group.consumer.session.timeout.ms': groupMs,
      'group.consumer.max.session.timeout.ms': groupMs,
    })
    harness.restart()
    await harness.clock.advance(groupMs - 1)
    expect(describeMember(harness, 'a')).toBeDefined()
    a.heartbeat()
    c.heartbeat()
    await harness.clock.advance(SESSION_MS - 1)
    expect(describeMember(harness, 'a')).toBeDefined()
    await harness.clock.advance(1)
    expect(describeMember(harness, 'a')).toBeUndefined()
  })

  test('stays as long as it sends heartbeats', async () => {
    const { harness, a, c } = await mixedGroup()
    await pass(harness, 2 * REBALANCE_MS, a, c)
    expect(describeMember(harness, 'a')).toBeDefined()
  })

  test('is removed if it does not join within the rebalance timeout after it was asked', async () => {
    const { harness, a, c } = await mixedGroup()
    new ConsumerClient(harness, 'd').join()
    expect(a.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    await pass(harness, REBALANCE_MS - 1, a, c)
    expect(describeMember(harness, 'a')).toBeDefined()
    await harness.clock.advance(1)
    expect(describeMember(harness, 'a')).toBeUndefined()
  })

  test('is asked by SyncGroup, too', async () => {
    const { harness, a, c } = await mixedGroup()
    new ConsumerClient(harness, 'd').join()
    expect((await a.sync()).errorCode).toBe(ErrorCode.RebalanceInProgress)
    await pass(harness, REBALANCE_MS, a, c)
    expect(describeMember(harness, 'a')).toBeUndefined()
  })

  test('is removed if it does not send SyncGroup within the rebalance timeout', async () => {
    const { harness, a, c } = await mixedGroup()
    new ConsumerClient(harness, 'd').join()
    a.heartbeat()
    await a.join({ protocols: protocols() })
    await pass(harness, REBALANCE_MS - 1, a, c)
    expect(describeMember(harness, 'a')).toBeDefined()
    await harness.clock.advance(1)
    expect(describeMember(harness, 'a')).toBeUndefined()
  })

  test('stays when it has joined and synced in time', async () => {
    const { harness, a, c } = await mixedGroup()
    const d = new ConsumerClient(harness, 'd')
    d.join()
    a.heartbeat()
    await a.join({ protocols: protocols() })
    expect((await a.sync()).errorCode).toBe(ErrorCode.None)
    await pass(harness, 2 * REBALANCE_MS, a, c, d)
    expect(describeMember(harness, 'a')).toBeDefined()
  })

  test('has no timers any more when it has left', async () => {
    const { harness, a, c } = await mixedGroup()
    await a.join({ protocols: protocols() })
    a.leave()
    const again = await joinWithId(harness, 'a')
    await again.sync()
    await pass(harness, REBALANCE_MS, again, c)
    expect(describeMember(harness, 'a')).toBeDefined()
  })

  test('writes no record if it joins again with the same subscription', async () => {
    const { harness, a } = await mixedGroup()
    const size = () => [...harness.log.batches.values()].flat().length
    const before = size()
    expect((await a.join({ protocols: protocols() })).errorCode).toBe(ErrorCode.None)
    expect(size()).toBe(before)
  })

  test('becomes a new consumer when it sends ConsumerGroupHeartbeat', async () => {
    const { harness, a } = await mixedGroup()
    new ConsumerClient(harness, 'a').join()
    expect(describeMember(harness, 'a')).toMatchObject({ memberType: 1 })
    expect(a.heartbeat()).toBe(ErrorCode.UnknownMemberId)
  })

  test('in profile test leaves after the grace when its connection closes', async () => {
    const { harness, a } = await mixedGroup({}, 'test')
    a.connection.close()
    await harness.clock.advance(RECONNECT_GRACE_MS - 1)
    expect(describeMember(harness, 'a')).toBeDefined()
    await harness.clock.advance(1)
    expect(describeMember(harness, 'a')).toBeUndefined()
  })

  test('in profile test can close its connection before it joins again as it was asked to', async () => {
    const { harness, a } = await mixedGroup({}, 'test')
    new ConsumerClient(harness, 'd').join()
    expect(a.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    a.connection.end()
    await harness.clock.advance(UNANSWERED_GRACE_MS)
    expect(describeMember(harness, 'a')).toBeDefined()
    await harness.clock.advance(RECONNECT_GRACE_MS - UNANSWERED_GRACE_MS)
    expect(describeMember(harness, 'a')).toBeUndefined()
  })

  test('does not find a place in a full group', async () => {
    const harness = migrationHarness({ 'group.consumer.max.size': 1 })
    stableGroup(harness, ['c'])
    const a = harness.member('a')
    expect((await a.join({ protocols: protocols() })).errorCode).toBe(ErrorCode.GroupMaxSizeReached)
  })
})
