import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { GROUP, Harness, SESSION_MS, commitTopic } from './support.ts'

/** A stable group of two whose records are not committed from now on. */
async function startHeld() {
  const harness = new Harness()
  const members = await harness.stableGroup(2)
  const partition = harness.log.partition(harness.coordinator.partitionFor(GROUP))
  partition.hold()
  return { harness, members, partition }
}

function commit(harness: Harness, groupId: string, offset: number) {
  const member = harness.member()
  return harness.coordinator.offsetCommit(
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
  return harness.coordinator.offsetFetch(
    {
      groupId: '',
      topics: null,
      groups: [{ groupId, memberId: null, memberEpoch: -1, topics }],
      requireStable: false,
    },
    harness.member().context(8),
  )
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
