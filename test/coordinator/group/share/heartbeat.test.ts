import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { GROUP, Harness, TOPIC_ID } from '../support.ts'
import { assigned, describeShare, ShareClient, shareRecords } from './support.ts'

/** Assignments do not wait for the one before. */
const configs = { 'group.share.assignment.interval.ms': 0 }

const ALL = { [TOPIC_ID]: [0, 1] }

function refused(errorCode: ErrorCode, errorMessage: string | null) {
  return {
    errorCode,
    errorMessage,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  }
}

describe('a member that joins', () => {
  test('gets its partitions with the heartbeat after their share state was initialized', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    const joined = client.join('t')
    expect(joined).toMatchObject({
      errorCode: ErrorCode.None,
      memberId: 'm-1',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
    })
    expect(assigned(joined)).toEqual({})
    expect(describeShare(harness)).toMatchObject({ groupEpoch: 2, assignmentEpoch: 2 })
    const next = client.heartbeat()
    expect(next.memberEpoch).toBe(3)
    expect(assigned(next)).toEqual(ALL)
    expect(assigned(client.heartbeat())).toBeNull()
    expect(describeShare(harness)).toMatchObject({ groupEpoch: 3, assignmentEpoch: 3 })
  })

  test("writes Kafka's records, in the order of its replay", () => {
    const harness = new Harness({ configs })
    new ShareClient(harness, 'm-1').join('t')
    expect(shareRecords(harness)).toMatchObject([
      {
        kind: 'shareGroupMemberMetadata',
        memberId: 'm-1',
        metadata: {
          rackId: null,
          clientId: 'client',
          clientHost: '/127.0.0.1',
          subscribedTopicNames: new Set(['t']),
        },
      },
      { kind: 'shareGroupMetadata', metadata: { epoch: 2 } },
      { kind: 'shareGroupTargetMember', memberId: 'm-1', assigned: new Map() },
      {
        kind: 'shareGroupTargetMetadata',
        metadata: { epoch: 2, timestampMs: harness.clock.now() },
      },
      {
        kind: 'shareGroupCurrentMember',
        memberId: 'm-1',
        current: { memberEpoch: 2, previousMemberEpoch: 0, state: 0, assigned: new Map() },
      },
      {
        kind: 'shareGroupStatePartitions',
        partitions: {
          initializing: new Map([[TOPIC_ID, { name: 't', partitions: [0, 1] }]]),
          initialized: new Map(),
          deleting: new Map(),
        },
      },
      {
        kind: 'shareGroupStatePartitions',
        partitions: {
          initializing: new Map(),
          initialized: new Map([[TOPIC_ID, { name: 't', partitions: [0, 1] }]]),
        },
      },
    ])
  })

  test('shares partitions with the other members', () => {
    const harness = new Harness({ configs })
    const clients = ['m-1', 'm-2', 'm-3', 'm-4'].map((id) => new ShareClient(harness, id))
    for (const client of clients) client.join('t')
    for (const client of clients) client.heartbeat()
    const { members, groupEpoch } = describeShare(harness)
    expect(groupEpoch).toBeGreaterThan(4)
    const counts = members.map(({ assignment }) =>
      assignment.topicPartitions.flatMap(({ partitions }) => partitions),
    )
    expect(counts.every((partitions) => partitions.length > 0)).toBe(true)
    expect(new Set(counts.flat())).toEqual(new Set([0, 1]))
  })

  test('gets no partitions of a topic that does not exist, until it is created', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    expect(assigned(client.join('later'))).toEqual({})
    expect(harness.persister.sent).toEqual([])
    const id = 'AAAAAAAAAAAAAAAAAAAABQ'
    harness.createTopic('later', id, 1)
    client.heartbeat()
    expect(assigned(client.heartbeat())).toEqual({ [id]: [0] })
  })

  test('gets new partitions from their first record on', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.heartbeat()
    harness.createTopic('t', TOPIC_ID, 3)
    client.heartbeat()
    expect(harness.persister.sent.at(-1)).toEqual({
      name: 'initializeState',
      request: {
        groupId: GROUP,
        topics: [
          { topicId: TOPIC_ID, partitions: [{ partition: 2, stateEpoch: 4, startOffset: 0 }] },
        ],
      },
    })
    expect(assigned(client.heartbeat())).toEqual({ [TOPIC_ID]: [0, 1, 2] })
  })

  test('the leader of a new topic decides where to start', () => {
    const harness = new Harness({ configs })
    new ShareClient(harness, 'm-1').join('t')
    const partitions = [0, 1].map((partition) => ({ partition, stateEpoch: 2, startOffset: -1 }))
    expect(harness.persister.sent).toEqual([
      {
        name: 'initializeState',
        request: { groupId: GROUP, topics: [{ topicId: TOPIC_ID, partitions }] },
      },
    ])
  })
})

describe('the initialization of share state', () => {
  test('is not waited for', () => {
    const harness = new Harness({ configs })
    const release = harness.persister.hold()
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    expect(assigned(client.heartbeat({ subscribedTopicNames: ['t'] }))).toEqual({})
    expect(harness.persister.sent).toHaveLength(1)
    release()
  })

  test('is tried again with the next heartbeat after an error', () => {
    const harness = new Harness({ configs })
    harness.persister.error = ErrorCode.CoordinatorNotAvailable
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.heartbeat()
    expect(harness.persister.sent).toHaveLength(2)
    harness.persister.error = ErrorCode.None
    client.heartbeat()
    expect(assigned(client.heartbeat())).toEqual(ALL)
  })

  test.each([
    ['when there was no response for long', {}, 30_000],
    [
      'not before the timeout of commits',
      { 'group.share.initialize.retry.interval.ms': 1000 },
      5000,
    ],
  ])('is tried again %s', async (_, retry, retryMs) => {
    const harness = new Harness({ configs: { ...configs, ...retry } })
    harness.persister.hold()
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    await harness.clock.advance(retryMs - 1)
    client.heartbeat()
    expect(harness.persister.sent).toHaveLength(1)
    await harness.clock.advance(1)
    client.heartbeat()
    expect(harness.persister.sent).toHaveLength(2)
  })

  test('of a deleted topic is forgotten', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.heartbeat()
    harness.deleteTopic('t')
    expect(shareRecords(harness).at(-1)).toMatchObject({
      kind: 'shareGroupStatePartitions',
      partitions: { initializing: new Map(), initialized: new Map(), deleting: new Map() },
    })
    expect(assigned(client.heartbeat())).toEqual({})
  })
})

describe('epochs', () => {
  test('a member may repeat the last heartbeat with its previous epoch', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.heartbeat()
    expect(client.heartbeat({ memberEpoch: 2 }).memberEpoch).toBe(3)
  })

  test('other epochs are fenced', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.heartbeat()
    expect(client.heartbeat({ memberEpoch: 1 })).toEqual(
      refused(
        ErrorCode.FencedMemberEpoch,
        'The share group member has a smaller member epoch (1) than the one known by the group ' +
          'coordinator (3), and it does not match the previous member epoch (2). The member must ' +
          'abandon all its partitions and rejoin.',
      ),
    )
    expect(client.heartbeat({ memberEpoch: 4 })).toEqual(
      refused(
        ErrorCode.FencedMemberEpoch,
        'The share group member has a greater member epoch (4) than the one known by the group ' +
          'coordinator (3). The member must abandon all its partitions and rejoin.',
      ),
    )
  })

  test('the assignment waits for the minimum interval between two', async () => {
    const harness = new Harness()
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    const early = client.heartbeat()
    expect([early.memberEpoch, assigned(early)]).toEqual([2, null])
    expect(describeShare(harness)).toMatchObject({ groupEpoch: 3, assignmentEpoch: 2 })
    await harness.clock.advance(1000)
    expect(assigned(client.heartbeat())).toEqual(ALL)
  })

  test('a new subscription takes effect at once', () => {
    const harness = new Harness({ configs })
    harness.addTopic('u', 'AAAAAAAAAAAAAAAAAAAABQ', 1)
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.heartbeat()
    const changed = client.heartbeat({ subscribedTopicNames: ['u'] })
    expect(assigned(changed)).toEqual({})
    expect(assigned(client.heartbeat())).toEqual({ AAAAAAAAAAAAAAAAAAAABQ: [0] })
  })

  test('a change of the client id is stored without a new epoch', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.heartbeat()
    client.heartbeat({ rackId: 'rack' })
    expect(describeShare(harness)).toMatchObject({ groupEpoch: 3, members: [{ rackId: 'rack' }] })
  })
})

describe('a member that leaves', () => {
  test('leaves its partitions to the others', () => {
    const harness = new Harness({ configs })
    const [first, second] = ['m-1', 'm-2'].map((id) => new ShareClient(harness, id)) as [
      ShareClient,
      ShareClient,
    ]
    for (const client of [first, second]) client.join('t')
    for (const client of [first, second]) client.heartbeat()
    expect(second.leave()).toEqual({
      errorCode: ErrorCode.None,
      memberId: 'm-2',
      memberEpoch: -1,
      heartbeatIntervalMs: 0,
      assignment: null,
    })
    first.heartbeat()
    expect(describeShare(harness)).toMatchObject({
      groupState: 'Stable',
      members: [{ memberId: 'm-1', assignment: { topicPartitions: [{ partitions: [0, 1] }] } }],
    })
  })

  test('leaves an empty group, which remains', () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.leave()
    expect(describeShare(harness)).toMatchObject({
      groupState: 'Empty',
      groupEpoch: 3,
      assignmentEpoch: 3,
      members: [],
    })
    expect(shareRecords(harness).slice(-5)).toMatchObject([
      { kind: 'shareGroupCurrentMember', current: null },
      { kind: 'shareGroupTargetMember', assigned: null },
      { kind: 'shareGroupMemberMetadata', metadata: null },
      { kind: 'shareGroupMetadata', metadata: { epoch: 3, metadataHash: 0n } },
      { kind: 'shareGroupTargetMetadata', metadata: { epoch: 3, timestampMs: 0 } },
    ])
  })

  test('without having joined is unknown', () => {
    const harness = new Harness({ configs })
    expect(new ShareClient(harness, 'm-1').leave()).toEqual(
      refused(ErrorCode.GroupIdNotFound, `Group ${GROUP} not found.`),
    )
    new ShareClient(harness, 'm-1').join('t')
    expect(new ShareClient(harness, 'm-2').leave()).toEqual(
      refused(ErrorCode.UnknownMemberId, `Member m-2 is not a member of group ${GROUP}.`),
    )
  })
})

describe('sessions', () => {
  test('a member without heartbeats is removed', async () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    await harness.clock.advance(44_000)
    client.heartbeat()
    await harness.clock.advance(44_999)
    expect(describeShare(harness).members).toHaveLength(1)
    await harness.clock.advance(1)
    expect(describeShare(harness)).toMatchObject({ groupState: 'Empty', groupEpoch: 4 })
    expect(client.heartbeat().errorCode).toBe(ErrorCode.UnknownMemberId)
  })

  test('the group has its own session timeout and heartbeat interval', async () => {
    const harness = new Harness({ configs })
    harness.setGroupConfigs(GROUP, {
      'share.session.timeout.ms': '50000',
      'share.heartbeat.interval.ms': '6000',
    })
    const client = new ShareClient(harness, 'm-1')
    expect(client.join('t').heartbeatIntervalMs).toBe(6000)
    await harness.clock.advance(49_999)
    expect(describeShare(harness).members).toHaveLength(1)
    await harness.clock.advance(1)
    expect(describeShare(harness).members).toEqual([])
  })

  test('a member is removed also if the first try cannot be stored', async () => {
    const harness = new Harness({ configs })
    new ShareClient(harness, 'm-1').join('t')
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    await harness.clock.advance(45_000)
    harness.log.appendError = ErrorCode.None
    expect(describeShare(harness).members).toHaveLength(1)
    await harness.clock.advance(500)
    expect(describeShare(harness).members).toEqual([])
  })

  test('in profile test a member leaves some time after its connection closed', async () => {
    const harness = new Harness({ configs, profile: 'test' })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    client.connection.close()
    await harness.clock.advance(5000)
    expect(describeShare(harness).members).toEqual([])
  })

  test('sessions start again when the group is loaded', async () => {
    const harness = new Harness({ configs })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    await harness.clock.advance(40_000)
    harness.restart()
    await harness.clock.advance(44_999)
    expect(describeShare(harness).members).toHaveLength(1)
    await harness.clock.advance(1)
    expect(describeShare(harness).members).toEqual([])
  })
})

describe('requests that are refused', () => {
  test.each([
    [{ memberId: '' }, "MemberId can't be empty."],
    [{ groupId: ' ' }, "GroupId can't be empty."],
    [{ rackId: '' }, "RackId can't be empty."],
    [{ subscribedTopicNames: [] }, 'SubscribedTopicNames must be set in first request.'],
    [{ subscribedTopicNames: null }, 'SubscribedTopicNames must be set in first request.'],
    [{ memberEpoch: -2 }, 'MemberEpoch is invalid.'],
  ])('%j', (fields, message) => {
    const harness = new Harness()
    const request = { memberEpoch: 0, subscribedTopicNames: ['t'], ...fields }
    expect(new ShareClient(harness, 'm-1').heartbeat(request)).toEqual(
      refused(ErrorCode.InvalidRequest, message),
    )
  })

  test('a member that does not join', () => {
    const harness = new Harness({ configs })
    expect(new ShareClient(harness, 'm-1').heartbeat({ memberEpoch: 1 })).toEqual(
      refused(ErrorCode.GroupIdNotFound, `Share group ${GROUP} not found.`),
    )
    new ShareClient(harness, 'm-1').join('t')
    expect(new ShareClient(harness, 'm-2').heartbeat({ memberEpoch: 1 })).toEqual(
      refused(ErrorCode.UnknownMemberId, `Member m-2 is not a member of group ${GROUP}.`),
    )
  })

  test('a group of another kind', async () => {
    const harness = new Harness({ configs })
    await harness.answered(harness.member().joinTwice())
    expect(new ShareClient(harness, 'm-1').join('t')).toEqual(
      refused(ErrorCode.GroupIdNotFound, `Group ${GROUP} is not a share group.`),
    )
  })

  test('a member too many', () => {
    const harness = new Harness({ configs: { ...configs, 'group.share.max.size': 1 } })
    const client = new ShareClient(harness, 'm-1')
    client.join('t')
    expect(new ShareClient(harness, 'm-2').join('t')).toEqual(
      refused(
        ErrorCode.GroupMaxSizeReached,
        'The share group has reached its maximum capacity of 1 members.',
      ),
    )
    expect(client.join('t').errorCode).toBe(ErrorCode.None)
  })

  test('every request, when the records cannot be stored; nothing changes', () => {
    const harness = new Harness({ configs })
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    const client = new ShareClient(harness, 'm-1')
    expect(client.join('t')).toEqual(refused(ErrorCode.CoordinatorNotAvailable, null))
    expect(harness.persister.sent).toEqual([])
    harness.log.appendError = ErrorCode.None
    expect(describeShare(harness).errorCode).toBe(ErrorCode.GroupIdNotFound)
  })
})

test('the share coordinator is asked only when the records are committed', async () => {
  const harness = new Harness({ configs })
  for (let index = 0; index < harness.log.partitionCount; index++)
    harness.log.partition(index).hold()
  const client = new ShareClient(harness, 'm-1')
  const answer = client.startHeartbeat({ memberEpoch: 0, subscribedTopicNames: ['t'] })
  expect(answer).toBeInstanceOf(Promise)
  expect(harness.persister.sent).toEqual([])
  for (let index = 0; index < harness.log.partitionCount; index++) {
    harness.log.partition(index).commit()
  }
  expect((await answer).errorCode).toBe(ErrorCode.None)
  expect(harness.persister.sent).toHaveLength(1)
})
