import { describe, expect, test } from 'vitest'
import { ApiError } from '../../../../src/protocol/api-error.ts'
import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import { ErrorCode, errorMessage } from '../../../../src/protocol/error-code.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { GROUP, Harness, TOPIC_ID } from '../support.ts'
import { describeShare, ShareClient, shareRecords, statePartitions } from './support.ts'

const configs = { 'group.share.assignment.interval.ms': 0 }

const MISSING = ErrorCode.UnknownTopicOrPartition

/** Starts a coordinator with a group that has read topic `t`, and has no members now. */
function emptyGroup(): Harness {
  const harness = new Harness({ configs })
  const client = new ShareClient(harness, 'm-1')
  client.join('t')
  client.leave()
  return harness
}

function alter(harness: Harness, offsets: Record<number, number>, topicName = 't') {
  const partitions = Object.entries(offsets).map(([partition, startOffset]) => ({
    partitionIndex: Number(partition),
    startOffset,
  }))
  const request = { groupId: GROUP, topics: [{ topicName, partitions }] }
  return immediate(harness.coordinator.share.offsets.alter(request))
}

function remove(harness: Harness, ...names: string[]) {
  const topics = names.map((topicName) => ({ topicName }))
  return immediate(harness.coordinator.share.offsets.delete({ groupId: GROUP, topics }))
}

function offsets(
  harness: Harness,
  topics: { topicName: string; partitions: number[] }[] | null,
  groupId = GROUP,
) {
  const request = { groups: [{ groupId, topics }] }
  return immediate(harness.coordinator.share.offsets.describe(request)).groups[0]!
}

describe('AlterShareGroupOffsets', () => {
  test('resets the start offsets, with the epoch of the group', () => {
    const harness = emptyGroup()
    expect(alter(harness, { 0: 5, 1: 7 })).toEqual({
      errorCode: ErrorCode.None,
      errorMessage: null,
      responses: [
        {
          topicName: 't',
          topicId: TOPIC_ID,
          partitions: [0, 1].map((partitionIndex) => ({
            partitionIndex,
            errorCode: ErrorCode.None,
            errorMessage: null,
          })),
        },
      ],
    })
    const partitions = [
      { partition: 0, stateEpoch: 3, startOffset: 5 },
      { partition: 1, stateEpoch: 3, startOffset: 7 },
    ]
    expect(harness.persister.sent.at(-1)).toEqual({
      name: 'initializeState',
      request: { groupId: GROUP, topics: [{ topicId: TOPIC_ID, partitions }] },
    })
    expect(statePartitions(harness)).toMatchObject({
      initializing: new Map(),
      initialized: new Map([[TOPIC_ID, { name: 't', partitions: [0, 1] }]]),
    })
  })

  test('creates the group', () => {
    const harness = new Harness()
    alter(harness, { 0: 5 })
    expect(describeShare(harness)).toMatchObject({ groupState: 'Empty', groupEpoch: 1 })
    const client = new ShareClient(harness, 'm-1')
    expect(client.join('t').errorCode).toBe(ErrorCode.None)
    const { request } = harness.persister.sent.at(-1)!
    expect(request).toMatchObject({ topics: [{ partitions: [{ partition: 1, startOffset: 0 }] }] })
  })

  test('refuses unknown topics and partitions, but not the others', () => {
    const harness = emptyGroup()
    const error = { errorCode: MISSING, errorMessage: errorMessage(MISSING) }
    expect(alter(harness, { 0: 5, 2: 5 }).responses[0]!.partitions).toEqual([
      { partitionIndex: 0, errorCode: ErrorCode.None, errorMessage: null },
      { partitionIndex: 2, ...error },
    ])
    expect(alter(harness, { 0: 5 }, 'missing')).toEqual({
      errorCode: ErrorCode.None,
      errorMessage: null,
      responses: [
        {
          topicName: 'missing',
          topicId: ZERO_UUID,
          partitions: [{ partitionIndex: 0, ...error }],
        },
      ],
    })
  })

  test('omits an unknown topic without partitions', () => {
    expect(alter(emptyGroup(), {}, 'missing')).toMatchObject({ responses: [] })
  })

  test('refuses a group with members, a group of another kind, and no group id', async () => {
    const harness = new Harness({ configs })
    new ShareClient(harness, 'm-1').join('t')
    const errorCode = ErrorCode.NonEmptyGroup
    expect(alter(harness, { 0: 5 })).toEqual({
      errorCode,
      errorMessage: errorMessage(errorCode),
      responses: [],
    })
    const request = { groupId: '', topics: [] }
    expect(harness.coordinator.share.offsets.alter(request)).toMatchObject({
      errorCode: ErrorCode.InvalidGroupId,
    })
    const other = new Harness()
    await other.answered(other.member().joinTwice())
    expect(alter(other, { 0: 5 })).toMatchObject({
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: `Group ${GROUP} is not a share group.`,
    })
  })

  test('returns the errors of the share coordinators', () => {
    const harness = emptyGroup()
    harness.persister.error = ErrorCode.CoordinatorNotAvailable
    const altered = alter(harness, { 0: 5, 2: 1 })
    expect(altered.responses[0]!.partitions).toMatchObject([
      { partitionIndex: 0, errorCode: ErrorCode.CoordinatorNotAvailable, errorMessage: 'Not now.' },
      { partitionIndex: 2, errorCode: MISSING },
    ])
  })
})

describe('DescribeShareGroupOffsets', () => {
  test('returns the start offset and the lag of all partitions with share state', () => {
    const harness = emptyGroup()
    alter(harness, { 0: 5 })
    harness.latestOffset = 9
    const none = { errorCode: ErrorCode.None, errorMessage: null }
    expect(offsets(harness, null)).toEqual({
      groupId: GROUP,
      ...none,
      topics: [
        {
          topicName: 't',
          topicId: TOPIC_ID,
          partitions: [
            { partitionIndex: 0, startOffset: 5, leaderEpoch: 0, lag: 4, ...none },
            { partitionIndex: 1, startOffset: -1, leaderEpoch: 0, lag: -1, ...none },
          ],
        },
      ],
    })
  })

  test('counts what is delivered after the start offset', () => {
    const harness = emptyGroup()
    alter(harness, { 0: 5 })
    harness.latestOffset = 9
    const written = { stateEpoch: 3, leaderEpoch: 0, startOffset: 6, deliveryCompleteCount: 2 }
    const partitions = [{ partition: 0, ...written, stateBatches: [] }]
    const topics = [{ topicId: TOPIC_ID, partitions }]
    void harness.persister.writeState({ groupId: GROUP, topics })
    const [topic] = offsets(harness, [{ topicName: 't', partitions: [0] }]).topics
    expect(topic!.partitions).toMatchObject([{ partitionIndex: 0, startOffset: 6, lag: 1 }])
  })

  test('an unknown topic, an unknown partition and an unknown group have no offsets', () => {
    const harness = new Harness()
    const requested = [
      { topicName: 'missing', partitions: [0] },
      { topicName: 't', partitions: [0, 7] },
    ]
    const none = { startOffset: -1, leaderEpoch: 0, lag: -1, errorCode: ErrorCode.None }
    expect(offsets(harness, requested)).toMatchObject({
      errorCode: ErrorCode.None,
      topics: [
        {
          topicName: 't',
          partitions: [
            { partitionIndex: 0, ...none },
            { partitionIndex: 7, ...none },
          ],
        },
        {
          topicName: 'missing',
          topicId: ZERO_UUID,
          partitions: [{ partitionIndex: 0, ...none }],
        },
      ],
    })
    expect(offsets(harness, null)).toMatchObject({ errorCode: ErrorCode.None, topics: [] })
    expect(offsets(harness, [])).toMatchObject({ errorCode: ErrorCode.None, topics: [] })
  })

  test('describes a partition once, and fails as Kafka without partitions, with negative ones and without a group id', () => {
    const harness = emptyGroup()
    const described = offsets(harness, [
      { topicName: 't', partitions: [1, 0, 1] },
      { topicName: 't', partitions: [0] },
    ])
    expect(described.topics).toMatchObject([
      { topicName: 't', partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] },
    ])
    const failed = { errorCode: ErrorCode.UnknownServerError, topics: [] }
    const first = { topicName: 't', partitions: [0] }
    for (const partitions of [[], [0, -1]]) {
      expect(offsets(harness, [first, { topicName: 't', partitions }])).toMatchObject(failed)
    }
    expect(offsets(harness, [first], '')).toMatchObject(failed)
  })

  test('returns the error of the leader', () => {
    const harness = emptyGroup()
    alter(harness, { 0: 5 })
    const errorCode = ErrorCode.LeaderNotAvailable
    harness.latestOffset = ApiError.of(errorCode)
    const [topic] = offsets(harness, [{ topicName: 't', partitions: [0] }]).topics
    expect(topic!.partitions).toEqual([
      {
        partitionIndex: 0,
        startOffset: 0,
        leaderEpoch: 0,
        lag: -1,
        errorCode,
        errorMessage: errorMessage(errorCode),
      },
    ])
  })
})

describe('DeleteShareGroupOffsets', () => {
  test('deletes the state of a topic', () => {
    const harness = emptyGroup()
    expect(remove(harness, 't')).toEqual({
      errorCode: ErrorCode.None,
      errorMessage: null,
      responses: [
        { topicName: 't', topicId: TOPIC_ID, errorCode: ErrorCode.None, errorMessage: null },
      ],
    })
    expect(harness.persister.sent.at(-1)).toEqual({
      name: 'deleteState',
      request: {
        groupId: GROUP,
        topics: [{ topicId: TOPIC_ID, partitions: [{ partition: 0 }, { partition: 1 }] }],
      },
    })
    expect(shareRecords(harness).slice(-2)).toMatchObject([
      { partitions: { initialized: new Map(), deleting: new Map([[TOPIC_ID, 't']]) } },
      { partitions: { initialized: new Map(), deleting: new Map() } },
    ])
    expect(offsets(harness, null).topics).toEqual([])
  })

  test('can be repeated after an error of the share coordinator', () => {
    const harness = emptyGroup()
    const errorCode = ErrorCode.CoordinatorNotAvailable
    harness.persister.error = errorCode
    expect(remove(harness, 't').responses).toEqual([
      { topicName: 't', topicId: TOPIC_ID, errorCode, errorMessage: errorMessage(errorCode) },
    ])
    harness.persister.error = ErrorCode.None
    expect(remove(harness, 't').responses).toMatchObject([{ errorCode: ErrorCode.None }])
    expect(statePartitions(harness)).toMatchObject({ deleting: new Map() })
  })

  test('refuses topics without offsets and topics that do not exist', () => {
    const harness = emptyGroup()
    harness.addTopic('u', 'AAAAAAAAAAAAAAAAAAAABQ', 1)
    const refused = { topicId: ZERO_UUID, errorCode: MISSING }
    expect(remove(harness, 'u', 'missing').responses).toEqual([
      { topicName: 'u', ...refused, errorMessage: 'There is no offset information to delete.' },
      { topicName: 'missing', ...refused, errorMessage: errorMessage(MISSING) },
    ])
  })

  test('refuses a group with members, an unknown one, and no group id', () => {
    const harness = new Harness({ configs })
    expect(remove(harness, 't')).toEqual({
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: `Group ${GROUP} not found.`,
      responses: [],
    })
    new ShareClient(harness, 'm-1').join('t')
    expect(remove(harness, 't')).toMatchObject({ errorCode: ErrorCode.NonEmptyGroup })
    const request = { groupId: '', topics: [] }
    expect(harness.coordinator.share.offsets.delete(request)).toMatchObject({
      errorCode: ErrorCode.InvalidGroupId,
    })
  })
})
