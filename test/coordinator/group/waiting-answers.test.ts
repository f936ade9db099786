import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { GROUP, Harness, type Member, SESSION_MS, commitTopic } from './support.ts'

const RETENTION_MS = 7 * 24 * 60 * 60_000

/** A stable group whose records are not committed from now on. */
async function startHeld(size = 2, isStatic = false) {
  const harness = new Harness()
  const instance = (index: number) => ({ groupInstanceId: `i${index}`, apiVersion: 9 })
  const members = await harness.stableGroup(size, isStatic ? instance : undefined)
  const partition = harness.log.partition(harness.coordinator.partitionFor(GROUP))
  partition.hold()
  return { harness, members, partition }
}

function commit(harness: Harness, groupId: string, offset: number) {
  const member = harness.member()
  return harness.coordinator.offsets.offsetCommit(
    {
      groupId,
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [commitTopic('t', { 0: offset })],
    },
    member.context(9),
  )
}

function fetch(harness: Harness, groupId: string) {
  const topics = [{ name: 't', topicId: '', partitionIndexes: [0] }]
  return harness.coordinator.offsets.offsetFetch(
    {
      groupId: '',
      topics: null,
      groups: [{ groupId, memberId: null, memberEpoch: -1, topics }],
      requireStable: false,
    },
    harness.member().context(8),
  )
}

function leave(harness: Harness, member: Member) {
  const { memberId } = member
  return harness.coordinator.classic.leaveGroup(
    {
      groupId: GROUP,
      memberId,
      members: [{ memberId, groupInstanceId: null, reason: null }],
    },
    member.context(5),
  )
}

/** Settled promises have called back after this. */
async function settledNow<T>(promise: Promise<T>, harness: Harness): Promise<T | undefined> {
  let settled: T | undefined
  void promise.then((value) => (settled = value))
  await harness.clock.advance(0)
  return settled
}

const errorOf = ({ topics }: Awaited<ReturnType<typeof commit>>) =>
  topics[0]!.partitions[0]!.errorCode

/** A group id of a partition. */
function inPartition(harness: Harness, index: number): string {
  for (let suffix = 0; ; suffix++) {
    const groupId = `other-${suffix}`
    if (harness.coordinator.partitionFor(groupId) === index) return groupId
  }
}

describe('while records of a partition are not committed', () => {
  test('an OffsetCommit waits for its own, and an OffsetFetch for those that it shows', async () => {
    const harness = new Harness()
    const partition = harness.log.partition(harness.coordinator.partitionFor('simple'))
    partition.hold()
    const first = commit(harness, 'simple', 1)
    const second = commit(harness, 'simple', 2)
    const fetched = fetch(harness, 'simple')
    expect([first, second, fetched].every((answer) => answer instanceof Promise)).toBe(true)
    partition.commit(1)
    expect(errorOf(await first)).toBe(ErrorCode.None)
    partition.commit()
    expect(errorOf(await second)).toBe(ErrorCode.None)
    expect((await fetched).groups[0]!.topics[0]!.partitions[0]!.committedOffset).toBe(2)
  })

  test('groups of other partitions are answered at once', async () => {
    const { harness, partition } = await startHeld()
    const names = Array.from({ length: 20 }, (_, index) => `group-${index}`)
    const others = names.filter(
      (name) => harness.coordinator.partitionFor(name) !== partition.index,
    )
    expect(others.length).toBeGreaterThan(5)
    for (const name of others) {
      expect(commit(harness, name, 1)).not.toBeInstanceOf(Promise)
      expect(fetch(harness, name)).not.toBeInstanceOf(Promise)
    }
  })

  test('Heartbeats are answered, and sessions do not expire', async () => {
    const { harness, members, partition } = await startHeld()
    void commit(harness, GROUP, 1)
    await harness.clock.advance(SESSION_MS - 1)
    expect(members.map((member) => member.heartbeat())).toEqual([0, 0])
    await harness.clock.advance(SESSION_MS - 1)
    expect(members.map((member) => member.heartbeat())).toEqual([0, 0])
    partition.commit()
  })

  test('members join, because a generation is stored when its assignment is', async () => {
    const { harness, members } = await startHeld()
    void commit(harness, 'simple', 1)
    const joined = await harness.answered(...members.map((member) => member.join()))
    expect(joined.map(({ errorCode, generationId }) => [errorCode, generationId])).toEqual([
      [0, 2],
      [0, 2],
    ])
  })

  test('all members get their assignments when the leader’s is committed', async () => {
    const { harness, members, partition } = await startHeld()
    await harness.answered(...members.map((member) => member.join()))
    const [leader, follower] = members
    const answered: string[] = []
    const remember = (name: string) => () => answered.push(name)
    const waiting = follower!.sync().then(remember('follower'))
    const assigned = leader!
      .sync(Object.fromEntries(members.map(({ memberId }) => [memberId, memberId])))
      .then(remember('leader'))
    const again = follower!.sync().then(remember('again'))
    await harness.clock.advance(0)
    expect(answered).toEqual([])
    partition.commit()
    await Promise.all([waiting, assigned, again])
    expect(answered.toSorted()).toEqual(['again', 'follower', 'leader'])
  })

  test('the last member leaves when the empty group is committed', async () => {
    const { harness, members, partition } = await startHeld(1)
    const left = leave(harness, members[0]!)
    expect(left).toBeInstanceOf(Promise)
    expect(await settledNow(Promise.resolve(left), harness)).toBeUndefined()
    partition.commit()
    expect((await left).members[0]!.errorCode).toBe(ErrorCode.None)
  })

  test('a static member that restarts joins when its new member id is committed', async () => {
    const { harness, partition } = await startHeld(2, true)
    const restarted = harness.member('new1')
    const joined = restarted.join({ groupInstanceId: 'i1', apiVersion: 9 })
    expect(await settledNow(joined, harness)).toBeUndefined()
    partition.commit()
    expect(await joined).toMatchObject({ errorCode: ErrorCode.None, generationId: 1 })
  })

  test('a broker that loses the partition answers LeaveGroup and static members with NOT_COORDINATOR', async () => {
    const { harness, members, partition } = await startHeld(1, true)
    const joined = harness.member('new0').join({ groupInstanceId: 'i0', apiVersion: 9 })
    const left = leave(harness, members[0]!)
    partition.lose()
    harness.coordinator.onResigned(partition.index)
    const errors = [(await joined).errorCode, (await left).errorCode]
    expect(errors).toEqual([ErrorCode.NotCoordinator, ErrorCode.NotCoordinator])
  })

  test('a broker that loses the partition answers NOT_COORDINATOR', async () => {
    const { harness, members, partition } = await startHeld()
    const committed = commit(harness, inPartition(harness, partition.index), 1)
    await harness.answered(...members.map((member) => member.join()))
    const [leader, follower] = members
    const waiting = follower!.sync()
    const assigned = leader!.sync({ [leader!.memberId]: 'all' })
    partition.lose()
    harness.coordinator.onResigned(partition.index)
    expect([await waiting, await assigned].map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.NotCoordinator,
      ErrorCode.NotCoordinator,
    ])
    expect(errorOf(await committed)).toBe(ErrorCode.NotCoordinator)
  })
})

test('a coordinator that has resigned writes nothing, whatever deadlines pass', async () => {
  const harness = new Harness()
  const index = harness.coordinator.partitionFor(GROUP)
  expect(errorOf(await commit(harness, inPartition(harness, index), 1))).toBe(ErrorCode.None)
  // The next check for expired offsets finds one.
  await harness.clock.advance(RETENTION_MS - 60_000)
  const members = await harness.stableGroup(2)
  void members[0]!.join()
  const written = harness.log.read(index).length
  harness.coordinator.onResigned(index)
  await harness.clock.advance(RETENTION_MS)
  expect(harness.log.read(index)).toHaveLength(written)
})
