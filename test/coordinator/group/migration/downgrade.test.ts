import { describe, expect, test } from 'vitest'
import { decodeAssignment } from '../../../../src/protocol/consumer-protocol.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ConsumerClient, stableGroup } from '../consumer/support.ts'
import type { Harness } from '../support.ts'
import {
  assign,
  classicGroup,
  joinWithId,
  kindOf,
  migrationHarness,
  protocols,
  REBALANCE_MS,
  SESSION_MS,
} from './support.ts'

/** A consumer group with one new consumer, and classic members. */
async function mixedGroup(harness: Harness, ...classicIds: readonly string[]) {
  const [c] = stableGroup(harness, ['c'])
  const members = []
  for (const memberId of classicIds) members.push(await joinWithId(harness, memberId))
  return { c: c!, members }
}

/** Returns the partitions of a described classic member. */
function partitionsOf(harness: Harness, memberId: string): readonly number[] {
  const member = harness.describe().members.find((each) => each.memberId === memberId)!
  return decodeAssignment(member.memberAssignment).assignedPartitions.flatMap(
    ({ partitions }) => partitions,
  )
}

describe('a consumer group whose last new consumer leaves', () => {
  test('becomes a classic group, and asks its members to join again', async () => {
    const harness = migrationHarness()
    const { c, members } = await mixedGroup(harness, 'a', 'b')
    c.leave()
    expect(kindOf(harness)).toBe('classic PreparingRebalance')
    const [a, b] = members
    const joins = [a!.join({ protocols: protocols() }), b!.join({ protocols: protocols() })]
    expect((await Promise.all(joins)).map(({ errorCode }) => errorCode)).toEqual([0, 0])
    const isLeader = harness.describe().members[0]!.memberId === 'a'
    await assign(harness, isLeader ? [a!, b!] : [b!, a!])
    expect(kindOf(harness)).toBe('classic Stable')
  })

  test('has the target assignment, which other brokers read', async () => {
    const harness = migrationHarness()
    const { c } = await mixedGroup(harness, 'a')
    c.leave()
    const other = harness.reread()
    expect(kindOf(other)).toBe('classic Stable')
    expect(other.describe()).toMatchObject({
      protocolType: 'consumer',
      protocolData: 'range',
      members: [{ memberId: 'a', clientHost: '/127.0.0.1' }],
    })
    expect(partitionsOf(other, 'a')).toEqual(partitionsOf(harness, 'a'))
  })

  test('also when its session expires', async () => {
    const harness = migrationHarness()
    const { members } = await mixedGroup(harness, 'a')
    for (let at = 0; at < 45_000; at += 5000) {
      await harness.clock.advance(5000)
      members[0]!.heartbeat()
    }
    await harness.clock.advance(0)
    expect(kindOf(harness)).toBe('classic PreparingRebalance')
  })

  test('also when an administrator removes it with LeaveGroup', async () => {
    const harness = migrationHarness()
    const { members } = await mixedGroup(harness, 'a')
    expect(members[0]!.leave([{ memberId: 'c' }]).members[0]!.errorCode).toBe(ErrorCode.None)
    expect(kindOf(harness)).toBe('classic PreparingRebalance')
  })

  test('removes members that do not join again within the rebalance timeout', async () => {
    const harness = migrationHarness()
    const { c, members } = await mixedGroup(harness, 'a', 'b')
    c.leave()
    const joining = members[0]!.join({ protocols: protocols() })
    for (let at = 0; at < REBALANCE_MS; at += SESSION_MS / 2) {
      expect(members[1]!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
      await harness.clock.advance(SESSION_MS / 2)
    }
    expect((await joining).members.map(({ memberId }) => memberId)).toEqual(['a'])
  })

  test('removes members whose session expires', async () => {
    const harness = migrationHarness()
    const { c } = await mixedGroup(harness, 'a')
    c.leave()
    await harness.clock.advance(SESSION_MS - 1)
    expect(harness.describe().members).toHaveLength(1)
    await harness.clock.advance(1)
    expect(kindOf(harness)).toBe('classic Empty')
  })

  test('keeps all protocols of its members', async () => {
    const harness = migrationHarness()
    const [c] = stableGroup(harness, ['c'])
    await joinWithId(harness, 'a', { protocols: protocols('range', 'roundrobin') })
    c!.leave()
    const other = harness.member('b')
    const { errorCode } = await other.join({ protocols: protocols('roundrobin') })
    expect(errorCode).toBe(ErrorCode.MemberIdRequired)
  })

  test('stays a consumer group if the records cannot be written', async () => {
    const harness = migrationHarness()
    const { c } = await mixedGroup(harness, 'a')
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    expect(c.leave().errorCode).toBe(ErrorCode.CoordinatorNotAvailable)
    expect(kindOf(harness)).toMatch(/^consumer/)
  })

  test.each([
    ['disabled', {}],
    ['upgrade', {}],
    ['bidirectional', { 'group.max.size': 1 }],
  ])('stays a consumer group with policy %s and configs %o', async (policy, configs) => {
    const harness = migrationHarness()
    await classicGroup(harness, 2)
    const c = new ConsumerClient(harness, 'c')
    c.join()
    const other = migrationHarness({ 'group.consumer.migration.policy': policy, ...configs })
    for (const [partition, batches] of harness.log.batches)
      other.log.batches.set(partition, batches)
    other.restart()
    const same = new ConsumerClient(other, 'c')
    same.memberEpoch = c.memberEpoch
    same.leave()
    expect(kindOf(other)).toBe('consumer Assigning')
  })
})

describe('a static consumer that is replaced by a classic member', () => {
  test('leaves a stable classic group with the same partitions', async () => {
    const harness = migrationHarness()
    const c = new ConsumerClient(harness, 'c', 'one')
    c.join()
    c.acknowledge()
    const a = harness.member('a')
    const joined = await a.join({ groupInstanceId: 'one', protocols: protocols() })
    expect(joined).toMatchObject({ errorCode: ErrorCode.None, generationId: 2, leader: '' })
    expect(kindOf(harness)).toBe('classic Stable')
    expect(partitionsOf(harness, a.memberId)).toEqual([0, 1])
    expect(kindOf(harness.reread())).toBe('classic Stable')
    expect(c.heartbeat().errorCode).toBe(ErrorCode.GroupIdNotFound)
    expect(a.heartbeat({ groupInstanceId: 'one' })).toBe(ErrorCode.None)
  })

  test('stays if the records are larger than a segment, as the classic member is told', async () => {
    const harness = migrationHarness()
    const c = new ConsumerClient(harness, 'c', 'one')
    c.join()
    c.acknowledge()
    expect(c.leave(-2).errorCode).toBe(ErrorCode.None)
    const a = harness.member('a')
    const join = { groupInstanceId: 'one', protocols: protocols() }
    harness.log.appendError = ErrorCode.RecordListTooLarge
    expect((await a.join(join)).errorCode).toBe(ErrorCode.UnknownServerError)
    expect(kindOf(harness)).toMatch(/^consumer/)
    harness.log.appendError = ErrorCode.None
    expect((await a.join(join)).errorCode).toBe(ErrorCode.None)
    expect(kindOf(harness)).toBe('classic Stable')
  })

  test('causes a rebalance if the assignment is out of date', async () => {
    const harness = migrationHarness()
    const c = new ConsumerClient(harness, 'c', 'one')
    c.join()
    c.acknowledge()
    harness.createTopic('u', 'AAAAAAAAAAAAAAAAAAAAUU', 1)
    const a = harness.member('a')
    const metadata = protocols()[0]!.metadata
    const changed = Buffer.from(metadata.toString('latin1').replace('t', 'u'), 'latin1')
    await a.join({ groupInstanceId: 'one', protocols: [{ name: 'range', metadata: changed }] })
    expect(kindOf(harness)).toBe('classic PreparingRebalance')
  })

  test('stays in a consumer group if there are other consumers', async () => {
    const harness = migrationHarness()
    const c = new ConsumerClient(harness, 'c', 'one')
    c.join()
    new ConsumerClient(harness, 'd').join()
    const a = harness.member('a')
    await a.join({ groupInstanceId: 'one', protocols: protocols() })
    expect(kindOf(harness)).toMatch(/^consumer/)
  })
})

test('an empty consumer group is replaced by a classic group, with its offsets', async () => {
  const harness = migrationHarness({ 'group.consumer.migration.policy': 'disabled' })
  const [c] = stableGroup(harness, ['c'])
  c!.leave()
  const a = harness.member('a')
  expect(a.commit(7, { generationIdOrMemberEpoch: -1 })).toBe(ErrorCode.None)
  await harness.answered(a.join({ apiVersion: 3, protocols: protocols() }))
  expect(kindOf(harness)).toBe('classic CompletingRebalance')
  expect(harness.committed()).toBe(7)
  expect(kindOf(harness.reread())).toBe('classic Empty')
})

test('a JoinGroup with an unknown member id leaves an empty consumer group as it is', async () => {
  const harness = migrationHarness()
  const [c] = stableGroup(harness, ['c'])
  c!.leave()
  const { errorCode } = await harness.member('a').join({ memberId: 'nobody' })
  expect(errorCode).toBe(ErrorCode.UnknownMemberId)
  expect(kindOf(harness)).toBe('consumer Empty')
})
