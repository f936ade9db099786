import { describe, expect, test } from 'vitest'
import { ApiError } from '../../../src/protocol/api-error.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { TxnOffsetCommit } from '../../../src/protocol/messages/index.ts'
import type { RequestOf } from '../../../src/protocol/schema/index.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { immediate } from '../memory-internal-topic.ts'
import { GROUP, Harness, TOPIC_ID, commitTopic } from './support.ts'

const PRODUCER = { producerId: 7, producerEpoch: 2 }
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

type Overrides = Partial<RequestOf<typeof TxnOffsetCommit>>

/** Commits for partition 0 of topic `t`, without a member of the group. */
function respond(harness: Harness, overrides: Overrides = {}, apiVersion = 5) {
  const request = {
    transactionalId: 'x',
    groupId: GROUP,
    ...PRODUCER,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    topics: [commitTopic('t', { 0: 5 })],
    ...overrides,
  }
  return harness.coordinator.offsets.txnOffsetCommit(request, harness.member().context(apiVersion))
}

/** Topic names, or ids, with partitions and their errors. */
function commit(harness: Harness, overrides: Overrides = {}, apiVersion = 5) {
  return immediate(respond(harness, overrides, apiVersion)).topics.map(
    ({ name, topicId, partitions }) => [
      apiVersion >= 6 ? topicId : name,
      partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
    ],
  )
}

/** The error of the only partition. */
function errorOf(harness: Harness, overrides: Overrides = {}, apiVersion = 5) {
  return immediate(respond(harness, overrides, apiVersion)).topics[0]!.partitions[0]!.errorCode
}

function end(harness: Harness, isCommitted: boolean) {
  const partition = harness.coordinator.partitionFor(GROUP)
  const marker = { isCommitted, coordinatorEpoch: 0 }
  return harness.coordinator.offsets.completeTransaction(partition, PRODUCER, marker)
}

describe('TxnOffsetCommit', () => {
  test.each([
    [true, 5],
    [false, -1],
  ])('takes effect when the transaction ends: committed %s', (isCommitted, offset) => {
    const harness = new Harness()
    expect(errorOf(harness)).toBe(ErrorCode.None)
    expect(harness.committed()).toBe(-1)
    expect(end(harness, isCommitted)).toBeUndefined()
    expect(harness.committed()).toBe(offset)
  })

  test('writes the records of OffsetCommit as one batch of the producer', () => {
    const harness = new Harness()
    const topics = [commitTopic('t', { 0: 5, 1: 6 }, 'm')]
    expect(commit(harness, { topics })).toEqual([
      [
        't',
        [
          [0, 0],
          [1, 0],
        ],
      ],
    ])
    const [bytes, ...others] = harness.log.read(harness.coordinator.partitionFor(GROUP))
    expect(others).toEqual([])
    const batch = new BatchView(bytes!)
    expect(batch).toMatchObject({ ...PRODUCER, baseSequence: 0, recordCount: 2 })
    expect([batch.isTransactional, batch.isControl]).toEqual([true, false])
    void end(harness, true)
    expect(harness.fetch(GROUP, null).topics[0]!.topicId).toBe(TOPIC_ID)
  })

  test.each([0, 3, 5])('of version %s answers unknown topics and partitions first', (version) => {
    const topics = [
      commitTopic('t', { 1: 5, 9: 5, 0: 5 }),
      commitTopic('nope', { 0: 5, 1: 5 }),
      commitTopic('t', { 8: 5, 1: 5 }),
    ]
    const unknown = ErrorCode.UnknownTopicOrPartition
    expect(commit(new Harness(), { topics }, version)).toEqual([
      [
        't',
        [
          [9, unknown],
          [8, unknown],
          [0, 0],
          [1, 0],
          [1, 0],
        ],
      ],
      [
        'nope',
        [
          [0, unknown],
          [1, unknown],
        ],
      ],
    ])
  })

  test('of version 6 finds topics by their id', () => {
    const topics = [
      commitTopic('', { 0: 5 }, '', UNKNOWN_ID),
      commitTopic('', { 0: 5, 9: 5 }, '', TOPIC_ID),
    ]
    expect(commit(new Harness(), { topics }, 6)).toEqual([
      [UNKNOWN_ID, [[0, ErrorCode.UnknownTopicId]]],
      [
        TOPIC_ID,
        [
          [9, ErrorCode.UnknownTopicOrPartition],
          [0, 0],
        ],
      ],
    ])
  })

  test('refuses too much metadata of one partition, and commits the others', () => {
    const harness = new Harness()
    const topics = [commitTopic('t', { 0: 5 }, 'x'.repeat(4097)), commitTopic('t', { 1: 6 })]
    expect(commit(harness, { topics })).toEqual([
      ['t', [[0, ErrorCode.OffsetMetadataTooLarge]]],
      ['t', [[1, 0]]],
    ])
    void end(harness, true)
    expect(harness.fetch(GROUP, null).topics[0]!.partitions).toMatchObject([{ partitionIndex: 1 }])
  })

  test('needs a group id, unless all of its partitions are unknown', () => {
    const topics = [commitTopic('nope', { 0: 5 })]
    expect(errorOf(new Harness(), { groupId: '' })).toBe(ErrorCode.InvalidGroupId)
    expect(errorOf(new Harness(), { groupId: '', topics })).toBe(ErrorCode.UnknownTopicOrPartition)
  })

  test('is answered NOT_COORDINATOR by another broker', () => {
    const harness = new Harness()
    harness.coordinator.onResigned(harness.coordinator.partitionFor(GROUP))
    expect(errorOf(harness)).toBe(ErrorCode.NotCoordinator)
    expect(end(harness, true)).toBe(ApiError.of(ErrorCode.NotCoordinator))
  })

  test.each([
    [ErrorCode.NotEnoughReplicas, ErrorCode.CoordinatorNotAvailable],
    [ErrorCode.KafkaStorageError, ErrorCode.NotCoordinator],
    [ErrorCode.MessageTooLarge, ErrorCode.UnknownServerError],
    [ErrorCode.InvalidProducerEpoch, ErrorCode.InvalidProducerEpoch],
  ])('translates error %s of the log into %s, but not for markers', (logged, answered) => {
    const harness = new Harness()
    harness.log.appendError = logged
    expect(errorOf(harness)).toBe(answered)
    expect(end(harness, true)).toBe(ApiError.of(logged))
  })

  test.each([
    [ErrorCode.InvalidTxnState, ErrorCode.InvalidTxnState, ErrorCode.InvalidTxnState],
    [
      ErrorCode.NotEnoughReplicas,
      ErrorCode.CoordinatorNotAvailable,
      ErrorCode.CoordinatorNotAvailable,
    ],
    [
      ErrorCode.NetworkException,
      ErrorCode.CoordinatorNotAvailable,
      ErrorCode.CoordinatorLoadInProgress,
    ],
    [
      ErrorCode.CoordinatorLoadInProgress,
      ErrorCode.CoordinatorNotAvailable,
      ErrorCode.CoordinatorLoadInProgress,
    ],
  ])(
    'whose transaction cannot be verified (%s) is refused before the group is asked: %s in version 1, %s in version 2',
    (verification, inVersion1, inVersion2) => {
      const harness = new Harness()
      harness.verification = ApiError.of(verification)
      const stranger = { generationIdOrMemberEpoch: 7, memberId: 'zzz' }
      expect(errorOf(harness, stranger, 1)).toBe(inVersion1)
      expect(errorOf(harness, stranger, 2)).toBe(inVersion2)
      expect(harness.log.read(harness.coordinator.partitionFor(GROUP))).toEqual([])
    },
  )

  test('is refused if the group moves while its transaction is verified', async () => {
    const harness = new Harness()
    harness.verification = Promise.resolve(undefined)
    const answer = respond(harness)
    harness.coordinator.onResigned(harness.coordinator.partitionFor(GROUP))
    expect((await answer).topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.NotCoordinator)
  })

  test('waits until its records are committed', async () => {
    const harness = new Harness()
    const partition = harness.log.partition(harness.coordinator.partitionFor(GROUP))
    partition.hold()
    const answer = respond(harness)
    const ended = end(harness, true)
    expect([answer, ended].every((each) => each instanceof Promise)).toBe(true)
    partition.commit()
    expect((await answer).topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.None)
    expect(await ended).toBeUndefined()
  })
})

describe('TxnOffsetCommit for a group', () => {
  test.each([
    [3, ErrorCode.IllegalGeneration],
    [5, ErrorCode.IllegalGeneration],
    [6, ErrorCode.GroupIdNotFound],
  ])('that does not exist refuses a generation in version %s', (version, errorCode) => {
    const overrides = { generationIdOrMemberEpoch: 0, memberId: 'm' }
    expect(errorOf(new Harness(), overrides, version)).toBe(errorCode)
    expect(errorOf(new Harness(), { memberId: 'm' }, version)).toBe(ErrorCode.None)
  })

  test('with members fences those of other generations (KIP-447), but not producers without one', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    const { memberId, generationId: generationIdOrMemberEpoch } = member!
    const self = { memberId, generationIdOrMemberEpoch }
    expect(errorOf(harness)).toBe(ErrorCode.None)
    expect(errorOf(harness, self)).toBe(ErrorCode.None)
    const refused = [
      [{ ...self, generationIdOrMemberEpoch: 7 }, ErrorCode.IllegalGeneration],
      [{ ...self, generationIdOrMemberEpoch: -1 }, ErrorCode.IllegalGeneration],
      [{ ...self, memberId: 'zzz' }, ErrorCode.UnknownMemberId],
      [{ ...self, memberId: '' }, ErrorCode.UnknownMemberId],
      [{ groupInstanceId: 'i' }, ErrorCode.UnknownMemberId],
    ] as const
    for (const [overrides, errorCode] of refused)
      expect(errorOf(harness, overrides)).toBe(errorCode)
    const topics = [commitTopic('t', { 0: 5 }, 'x'.repeat(4097)), commitTopic('t', { 9: 5 })]
    expect(commit(harness, { ...self, memberId: 'zzz', topics })).toEqual([
      [
        't',
        [
          [9, ErrorCode.UnknownTopicOrPartition],
          [0, ErrorCode.UnknownMemberId],
        ],
      ],
    ])
    member!.leave()
    expect(errorOf(harness)).toBe(ErrorCode.None)
    expect(errorOf(harness, { memberId: 'zzz' })).toBe(ErrorCode.None)
    expect(errorOf(harness, self)).toBe(ErrorCode.UnknownMemberId)
  })

  test('fences the earlier incarnation of a static member', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1, () => ({
      groupInstanceId: 'i',
      apiVersion: 5,
    }))
    const { memberId, generationId: generationIdOrMemberEpoch } = member!
    const self = { memberId, generationIdOrMemberEpoch, groupInstanceId: 'i' }
    expect(errorOf(harness, self)).toBe(ErrorCode.None)
    const fenced = { ...self, memberId: 'zzz', generationIdOrMemberEpoch: 7 }
    expect(errorOf(harness, fenced)).toBe(ErrorCode.FencedInstanceId)
    const other = { ...self, groupInstanceId: 'other' }
    expect(errorOf(harness, other)).toBe(ErrorCode.UnknownMemberId)
  })

  test('is accepted during a rebalance', async () => {
    const harness = new Harness()
    const member = harness.member()
    await harness.answered(member.join({ apiVersion: 3 }))
    const { memberId, generationId: generationIdOrMemberEpoch } = member
    expect(errorOf(harness, { memberId, generationIdOrMemberEpoch })).toBe(ErrorCode.None)
    expect(errorOf(harness)).toBe(ErrorCode.None)
    expect(member.commit(5)).toBe(ErrorCode.RebalanceInProgress)
  })

  test('does not prolong the session of the member', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    const { memberId, generationId: generationIdOrMemberEpoch } = member!
    await harness.clock.advance(9_999)
    expect(errorOf(harness, { memberId, generationIdOrMemberEpoch })).toBe(ErrorCode.None)
    await harness.clock.advance(1)
    expect(member!.heartbeat()).toBe(ErrorCode.UnknownMemberId)
  })
})
