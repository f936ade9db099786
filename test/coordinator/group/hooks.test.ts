import { describe, expect, test } from 'vitest'
import type { GroupHooks } from '../../../src/coordinator/group/group-hooks.ts'
import { GROUP, Harness, REBALANCE_MS, SESSION_MS, protocol } from './support.ts'

/** Records what the hooks are notified of. */
class RecordingHooks implements GroupHooks {
  /** The state and number of members after each change. */
  readonly changes: string[] = []
  readonly rebalances: [epoch: number, cause: string][] = []

  changed(groupId: string, group: Parameters<GroupHooks['changed']>[1]): void {
    expect(groupId).toBe(GROUP)
    const snapshot = group?.snapshot()
    this.changes.push(snapshot ? `${snapshot.state} ${snapshot.members.length}` : 'deleted')
  }

  rebalanced(groupId: string, epoch: number, cause: string): void {
    expect(groupId).toBe(GROUP)
    this.rebalances.push([epoch, cause])
  }

  startOffsetsChanged(): void {}

  loaded(): void {
    this.changes.push('loaded')
  }
}

function observed(options: ConstructorParameters<typeof Harness>[0] = {}) {
  const harness = new Harness(options)
  const hooks = new RecordingHooks()
  harness.hooks = hooks
  harness.restart()
  hooks.changes.length = 0
  return { harness, hooks }
}

describe('the hooks of a classic group are notified of', () => {
  test('each state, also of those that are never stored, when it is complete', async () => {
    const { harness, hooks } = observed()
    const [a, b] = await harness.stableGroup(2)
    expect(hooks.changes).toEqual([
      'Empty 0',
      'PreparingRebalance 1',
      'PreparingRebalance 2',
      'CompletingRebalance 2',
      'Stable 2',
    ])
    hooks.changes.length = 0
    b!.leave()
    await a!.join()
    await a!.sync({ [a!.memberId]: '' })
    a!.leave()
    expect(hooks.changes).toEqual([
      'PreparingRebalance 1',
      'CompletingRebalance 1',
      'Stable 1',
      'PreparingRebalance 0',
      'Empty 0',
    ])
  })

  test('committed offsets, and its deletion', async () => {
    const { harness, hooks } = observed()
    harness.member().commit(1, { memberId: '', generationIdOrMemberEpoch: -1 })
    void harness.coordinator.admin.deleteGroups({ groupsNames: [GROUP] })
    expect(hooks.changes).toEqual(['Empty 0', 'deleted'])
  })

  test('the load of its partition, but not of what was loaded', async () => {
    const { harness, hooks } = observed()
    await harness.stableGroup(1)
    hooks.changes.length = 0
    harness.restart()
    await Promise.resolve()
    expect(new Set(hooks.changes)).toEqual(new Set(['loaded']))
  })
})

describe('the cause of a rebalance is', () => {
  test('a member that joins, and one that leaves, with the reasons that they send', async () => {
    const { harness, hooks } = observed()
    const [a] = await harness.stableGroup(1)
    const b = harness.member('b')
    void b.join({ apiVersion: 3, reason: 'first poll' })
    await a!.join()
    await harness.sync([a!, b])
    b.leave([{ memberId: b.memberId, reason: 'closed' }])
    expect(hooks.rebalances).toEqual([
      [1, `member ${a!.memberId} joined`],
      [2, `member ${b.memberId} joined: first poll`],
      [3, `member ${b.memberId} left: closed`],
    ])
  })

  test('a session that expires, and a connection that closes', async () => {
    const { harness, hooks } = observed({ profile: 'test' })
    const [a, b, c] = await harness.stableGroup(3)
    hooks.rebalances.length = 0
    b!.connection.close()
    await harness.clock.advance(SESSION_MS - 1)
    a!.heartbeat()
    await harness.clock.advance(1)
    expect(hooks.rebalances).toEqual([
      [2, `connection of member ${b!.memberId} closed`],
      [2, `session of member ${c!.memberId} expired`],
    ])
  })

  test('a change of a subscription, and a leader that joins again', async () => {
    const { harness, hooks } = observed()
    const [a, b] = await harness.stableGroup(2)
    hooks.rebalances.length = 0
    void b!.join({ protocols: [protocol('range', 't', 'u')] })
    await a!.join()
    await harness.sync([a!, b!])
    void a!.join({ reason: 'new partitions' })
    expect(hooks.rebalances).toEqual([
      [2, `member ${b!.memberId} changed its subscription or metadata`],
      [3, `leader ${a!.memberId} joined again: new partitions`],
    ])
  })

  test('a static member that joins again, with another protocol', async () => {
    const { harness, hooks } = observed()
    const [a] = await harness.stableGroup(1, () => ({ groupInstanceId: 'i-1' }))
    hooks.rebalances.length = 0
    const again = harness.member('again')
    const protocols = [protocol('roundrobin', 't'), protocol('range', 't')]
    await again.join({ groupInstanceId: 'i-1', protocols })
    expect(a!.memberId).not.toBe(again.memberId)
    expect(hooks.rebalances).toEqual([[2, `static member i-1 joined again as ${again.memberId}`]])
  })

  test('members that do not send SyncGroup', async () => {
    const { harness, hooks } = observed()
    const [a] = await harness.stableGroup(1)
    const b = harness.member('b')
    void b.join({ apiVersion: 3, sessionTimeoutMs: 2 * REBALANCE_MS })
    await a!.join({ sessionTimeoutMs: 2 * REBALANCE_MS })
    hooks.rebalances.length = 0
    void a!.sync({})
    await harness.clock.advance(REBALANCE_MS)
    expect(hooks.rebalances.at(-1)).toEqual([3, `${b.memberId} did not send SyncGroup in time`])
  })
})
