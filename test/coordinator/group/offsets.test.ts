import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { GROUP, Harness, TOPIC_ID, commitTopic } from './support.ts'
import { immediate } from '../memory-internal-topic.ts'

const UNKNOWN_ID = 'AQIDBAUGBwgJCgsMDQ4PEA'
const SIMPLE = { generationIdOrMemberEpoch: -1, memberId: '' }

describe('OffsetCommit', () => {
  test('of a member can be fetched with its metadata and leader epoch', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    expect(member!.commit(42, { metadata: 'half way é' })).toBe(ErrorCode.None)
    expect(harness.fetch(GROUP, [{ name: 't', partitionIndexes: [0, 1] }])).toMatchObject({
      errorCode: ErrorCode.None,
      topics: [
        {
          name: 't',
          partitions: [
            {
              partitionIndex: 0,
              committedOffset: 42,
              committedLeaderEpoch: -1,
              metadata: 'half way é',
              errorCode: 0,
            },
            {
              partitionIndex: 1,
              committedOffset: -1,
              committedLeaderEpoch: -1,
              metadata: '',
              errorCode: 0,
            },
          ],
        },
      ],
    })
  })

  test.each([
    ['an unknown member', { memberId: 'nope' }, ErrorCode.UnknownMemberId],
    ['another generation', { generationIdOrMemberEpoch: 9 }, ErrorCode.IllegalGeneration],
    ['no member, on a group that has some', SIMPLE, ErrorCode.UnknownMemberId],
    ['an unknown instance', { groupInstanceId: 'i' }, ErrorCode.UnknownMemberId],
    ['an unknown group', { groupId: 'nope' }, ErrorCode.GroupIdNotFound],
    [
      'an unknown group, before version 9',
      { groupId: 'nope', apiVersion: 8 },
      ErrorCode.IllegalGeneration,
    ],
    [
      'an unknown topic',
      { topics: [commitTopic('nope', { 0: 1 })] },
      ErrorCode.UnknownTopicOrPartition,
    ],
    [
      'an unknown partition',
      { topics: [commitTopic('t', { 9: 1 })] },
      ErrorCode.UnknownTopicOrPartition,
    ],
    ['metadata of 4096 characters', { metadata: 'x'.repeat(4096) }, ErrorCode.None],
    [
      'more metadata than allowed',
      { metadata: 'x'.repeat(4097) },
      ErrorCode.OffsetMetadataTooLarge,
    ],
    ['a topic by its id', { topics: [commitTopic('', { 0: 1 })], apiVersion: 10 }, ErrorCode.None],
    [
      'an unknown topic id',
      { topics: [commitTopic('', { 0: 1 }, '', UNKNOWN_ID)], apiVersion: 10 },
      ErrorCode.UnknownTopicId,
    ],
  ])('with %s', async (_, overrides, errorCode) => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    expect(member!.commit(1, overrides)).toBe(errorCode)
    expect(harness.committed()).toBe(errorCode === ErrorCode.None ? 1 : -1)
  })

  test('is refused before the leader has assigned, and accepted while members join', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    const join = a!.join()
    expect(b!.commit(1)).toBe(ErrorCode.None)
    await Promise.all([join, b!.join()])
    expect(b!.commit(2)).toBe(ErrorCode.RebalanceInProgress)
  })

  test('keeps the session of the member alive', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    for (let i = 0; i < 4; i++) {
      await harness.clock.advance(9000)
      expect(member!.commit(i)).toBe(ErrorCode.None)
    }
  })

  test('without a group creates a simple one, also with the empty id', () => {
    const harness = new Harness()
    for (const groupId of ['simple', '']) {
      expect(harness.member().commit(5, { ...SIMPLE, groupId })).toBe(ErrorCode.None)
      expect(harness.describe(groupId)).toMatchObject({ groupState: 'Empty', protocolType: '' })
      expect(harness.committed(groupId)).toBe(5)
    }
    expect(harness.member().commit(6, { ...SIMPLE, groupId: 'simple', memberId: 'any' })).toBe(0)
    expect(
      harness.member().commit(6, { groupId: 'simple', generationIdOrMemberEpoch: 0, memberId: '' }),
    ).toBe(ErrorCode.UnknownMemberId)
  })

  test('checks each partition independently', () => {
    const harness = new Harness()
    const answer = harness.coordinator.offsets.offsetCommit(
      {
        groupId: 'simple',
        ...SIMPLE,
        groupInstanceId: null,
        retentionTimeMs: -1,
        topics: [commitTopic('t', { 0: 7, 5: 7 }), commitTopic('nope', { 0: 7 })],
      },
      harness.member().context(9),
    )
    const outcomes = immediate(answer).topics.map(({ name, partitions }) => [
      name,
      Object.fromEntries(partitions.map((p) => [p.partitionIndex, p.errorCode])),
    ])
    expect(Object.fromEntries(outcomes)).toEqual({ t: { 0: 0, 5: 3 }, nope: { 0: 3 } })
    expect(harness.committed('simple')).toBe(7)
  })

  test.each([
    [ErrorCode.NotEnoughReplicas, ErrorCode.CoordinatorNotAvailable],
    [ErrorCode.NotLeaderOrFollower, ErrorCode.NotCoordinator],
    [ErrorCode.MessageTooLarge, ErrorCode.UnknownServerError],
    [ErrorCode.InvalidRecord, ErrorCode.InvalidRecord],
  ])(
    'that cannot be appended for error %i is answered with %i and changes nothing',
    async (appendError, errorCode) => {
      const harness = new Harness()
      const [member] = await harness.stableGroup(1)
      member!.commit(1)
      harness.log.appendError = appendError
      expect(member!.commit(2)).toBe(errorCode)
      expect(harness.committed()).toBe(1)
    },
  )
})

describe('OffsetFetch', () => {
  test('of all topics of a group returns the committed offsets', () => {
    const harness = new Harness()
    harness.member().commit(5, { ...SIMPLE, groupId: 'simple' })
    expect(harness.fetch('simple', null).topics).toMatchObject([
      { name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5 }] },
    ])
    expect(harness.fetch('simple', null, 10).topics).toMatchObject([{ topicId: TOPIC_ID }])
    expect(harness.fetch('nope', null)).toEqual({ groupId: 'nope', topics: [], errorCode: 0 })
  })

  test('of an unknown topic has no offset; of an unknown topic id it is an error', () => {
    const harness = new Harness()
    const byName = harness.fetch('simple', [{ name: 'nope', partitionIndexes: [0] }])
    expect(byName.topics[0]!.partitions[0]).toMatchObject({ committedOffset: -1, errorCode: 0 })
    const byId = harness.fetch('simple', [{ topicId: UNKNOWN_ID, partitionIndexes: [0] }], 10)
    expect(byId.topics[0]!.partitions[0]).toMatchObject({
      committedOffset: -1,
      errorCode: ErrorCode.UnknownTopicId,
    })
  })

  test('of a topic that was deleted and created again has no offset of the old one', () => {
    const harness = new Harness()
    harness.member().commit(5, { ...SIMPLE, groupId: 'simple' })
    harness.addTopic('t', UNKNOWN_ID, 2)
    expect(harness.committed('simple')).toBe(-1)
  })

  test('before version 8 has one group, and the error at the top level', () => {
    const harness = new Harness()
    harness.member().commit(5, { ...SIMPLE, groupId: 'simple' })
    const fetch = (
      groupId: string,
      topics: { name: string; partitionIndexes: number[] }[] | null,
      version: number,
    ) =>
      immediate(
        harness.coordinator.offsets.offsetFetch(
          { groupId, topics, groups: [], requireStable: false },
          harness.member().context(version),
        ),
      )
    expect(fetch('simple', [{ name: 't', partitionIndexes: [0] }], 1)).toMatchObject({
      topics: [{ name: 't', partitions: [{ committedOffset: 5 }] }],
    })
    expect(fetch('simple', null, 2)).toMatchObject({ errorCode: 0, topics: [{ name: 't' }] })
    harness.coordinator.close()
    expect(fetch('simple', null, 2)).toMatchObject({
      errorCode: ErrorCode.NotCoordinator,
      topics: [],
    })
    expect(fetch('simple', [{ name: 't', partitionIndexes: [0] }], 1).topics).toMatchObject([
      { partitions: [{ committedOffset: -1, errorCode: ErrorCode.NotCoordinator }] },
    ])
  })
})

describe('OffsetDelete', () => {
  const remove = (harness: Harness, groupId: string, ...names: string[]) =>
    immediate(
      harness.coordinator.offsets.offsetDelete({
        groupId,
        topics: names.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
      }),
    )
  const outcomes = (response: ReturnType<typeof remove>) =>
    response.topics.map(({ partitions }) => partitions[0]!.errorCode)

  test('deletes an offset of a group without members', () => {
    const harness = new Harness()
    harness.member().commit(5, { ...SIMPLE, groupId: 'simple' })
    expect(outcomes(remove(harness, 'simple', 't', 'nope'))).toEqual([
      ErrorCode.UnknownTopicOrPartition,
      ErrorCode.None,
    ])
    expect(harness.committed('simple')).toBe(-1)
  })

  test('refuses topics that members are subscribed to, and accepts others', async () => {
    const harness = new Harness()
    harness.addTopic('u', UNKNOWN_ID, 1)
    const [member] = await harness.stableGroup(1)
    member!.commit(1)
    expect(outcomes(remove(harness, GROUP, 't', 'u'))).toEqual([
      ErrorCode.GroupSubscribedToTopic,
      ErrorCode.None,
    ])
    member!.leave()
    expect(outcomes(remove(harness, GROUP, 't'))).toEqual([ErrorCode.None])
  })

  test('refuses a group with another protocol type while it has members', async () => {
    const harness = new Harness()
    await harness.stableGroup(0)
    await harness.answered(harness.member().join({ apiVersion: 3, protocolType: 'connect' }))
    expect(remove(harness, GROUP, 't')).toMatchObject({
      errorCode: ErrorCode.NonEmptyGroup,
      topics: [],
    })
  })

  test.each([
    ['', ErrorCode.InvalidGroupId],
    ['nope', ErrorCode.GroupIdNotFound],
  ])('of group %j fails as a whole', (groupId, errorCode) => {
    expect(remove(new Harness(), groupId, 'nope')).toMatchObject({ errorCode, topics: [] })
  })
})

describe('a deleted topic', () => {
  test('deletes its committed offsets', async () => {
    const harness = new Harness()
    harness.addTopic('u', UNKNOWN_ID, 1)
    const [member] = await harness.stableGroup(1)
    member!.commit(1)
    member!.commit(2, { topics: [commitTopic('u', { 0: 2 }, '', UNKNOWN_ID)] })
    harness.coordinator.offsets.onTopicsDeleted(new Map([['u', harness.topics.get('u')!]]))
    expect(harness.fetch(GROUP, null).topics.map(({ name }) => name)).toEqual(['t'])
    harness.restart()
    expect(harness.fetch(GROUP, null).topics.map(({ name }) => name)).toEqual(['t'])
  })
})
