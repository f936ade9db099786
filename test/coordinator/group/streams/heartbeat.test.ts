import { describe, expect, test } from 'vitest'
import { HeartbeatStatus } from '../../../../src/coordinator/group/streams/heartbeat-status.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import {
  CHANGELOG_ID,
  REBALANCE_MS,
  SESSION_MS,
  StreamsHarness,
  topology,
  topologyOf,
} from './support.ts'

const none = ErrorCode.None
const { AssignmentDelayed, MissingInternalTopics, MissingSourceTopics, ShutdownApplication } =
  HeartbeatStatus

describe('a member joins', () => {
  test('the first member gets all tasks, and the group is stored with Kafka’s records', () => {
    const harness = new StreamsHarness()
    const member = harness.streamsMember('a')
    expect(member.join()).toMatchObject({
      errorCode: none,
      memberId: 'a',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      taskOffsetIntervalMs: 60_000,
      acceptableRecoveryLag: 10_000,
      activeTasks: [{ subtopologyId: '0', partitions: [0, 1] }],
      standbyTasks: [],
      warmupTasks: [],
      status: [],
    })
    expect(harness.state).toEqual(['Stable', 2, 2])
    expect(harness.recordKinds()).toEqual([
      'streamsGroupMemberMetadata',
      'streamsGroupTopology',
      'streamsGroupMetadata',
      'streamsGroupTargetAssignmentMember',
      'streamsGroupTargetAssignmentMetadata',
      'streamsGroupCurrentMemberAssignment',
    ])
  })

  test('its next heartbeats change nothing and do not repeat the tasks', () => {
    const harness = new StreamsHarness()
    const member = harness.streamsMember('a')
    member.join()
    const written = harness.recordKinds().length
    const { memberEpoch, activeTasks } = member.heartbeat()
    expect([memberEpoch, activeTasks]).toEqual([2, undefined])
    member.acknowledge()
    expect(harness.recordKinds()).toHaveLength(written)
  })

  test('a second member waits until the first has revoked its task', () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join()
    expect(b.join()).toMatchObject({ memberEpoch: 3, activeTasks: [] })
    expect(harness.state).toEqual(['Reconciling', 3, 3])
    expect(a.heartbeat()).toMatchObject({ memberEpoch: 2, activeTasks: [{ partitions: [0] }] })
    expect(b.heartbeat().activeTasks).toBeUndefined()
    expect(a.acknowledge().memberEpoch).toBe(3)
    expect(b.heartbeat()).toMatchObject({ memberEpoch: 3, activeTasks: [{ partitions: [1] }] })
    expect(harness.state).toEqual(['Stable', 3, 3])
  })

  test('the initial rebalance delay lets more members join before the first assignment', async () => {
    const harness = new StreamsHarness({ 'group.streams.initial.rebalance.delay.ms': 3000 })
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    expect(a.join()).toMatchObject({
      memberEpoch: 1,
      activeTasks: [],
      status: [
        {
          statusCode: AssignmentDelayed,
          statusDetail: 'Assignment delayed due to the configured initial rebalance delay.',
        },
      ],
    })
    b.join()
    a.heartbeat()
    expect(harness.state).toEqual(['Assigning', 3, 1])
    await harness.clock.advance(3000)
    expect(harness.state).toEqual(['Reconciling', 3, 3])
    expect(a.heartbeat()).toMatchObject({ memberEpoch: 3, activeTasks: [{ partitions: [0] }] })
    expect(b.heartbeat()).toMatchObject({ memberEpoch: 3, activeTasks: [{ partitions: [1] }] })
  })

  test('the assignment interval delays the next assignment', async () => {
    const harness = new StreamsHarness({ 'group.streams.assignment.interval.ms': 1000 })
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join()
    expect(b.join()).toMatchObject({
      memberEpoch: 2,
      activeTasks: [],
      status: [{ statusCode: AssignmentDelayed }],
    })
    expect(harness.state).toEqual(['Assigning', 3, 2])
    await harness.clock.advance(1000)
    harness.settle([a, b])
    expect(harness.state).toEqual(['Stable', 3, 3])
  })

  test('group.streams.max.size limits the members', () => {
    const harness = new StreamsHarness({ 'group.streams.max.size': 1 })
    harness.streamsMember('a').join()
    expect(harness.streamsMember('b').join()).toMatchObject({
      errorCode: ErrorCode.GroupMaxSizeReached,
      errorMessage: 'The streams group has reached its maximum capacity of 1 members.',
    })
    expect(harness.streamsMember('a').join().errorCode).toBe(none)
  })

  test('an empty classic group becomes a streams group, and keeps its offsets', async () => {
    const harness = new StreamsHarness()
    const admin = harness.member('admin')
    admin.commit(7, { groupId: 'word-count', memberId: '', generationIdOrMemberEpoch: -1 })
    expect(harness.streamsMember('a').join().errorCode).toBe(none)
    expect(harness.state).toEqual(['Stable', 2, 2])
    expect(harness.committed('word-count')).toBe(7)
  })

  test('a group of another kind is not found', async () => {
    const harness = new StreamsHarness()
    const consumer = harness.member()
    await harness.answered(consumer.join({ groupId: 'word-count', apiVersion: 3 }))
    expect(harness.streamsMember('a').join()).toMatchObject({
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: 'Group word-count is not a streams group.',
    })
  })
})

describe('a member leaves', () => {
  test('the others get its tasks', () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join()
    b.join()
    harness.settle([a, b])
    expect(b.leave()).toMatchObject({ errorCode: none, memberEpoch: -1 })
    expect(harness.state).toEqual(['Assigning', 4, 3])
    harness.settle([a])
    expect(harness.state).toEqual(['Stable', 4, 4])
    expect(a.active).toEqual(['0_0', '0_1'])
  })

  test('the last one leaves an empty group, whose next member gets tasks at once', () => {
    const harness = new StreamsHarness({ 'group.streams.assignment.interval.ms': 1000 })
    const a = harness.streamsMember('a')
    a.join()
    a.leave()
    expect(harness.state).toEqual(['Empty', 3, 3])
    expect(a.join()).toMatchObject({ memberEpoch: 4, activeTasks: [{ partitions: [0, 1] }] })
  })

  test('without heartbeats its session expires', async () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join()
    b.join()
    await harness.clock.advance(SESSION_MS - 1)
    harness.settle([a])
    await harness.clock.advance(1)
    expect(harness.describeStreams().members.map(({ memberId }) => memberId)).toEqual(['a'])
    expect(b.heartbeat()).toMatchObject({
      errorCode: ErrorCode.UnknownMemberId,
      errorMessage: 'Member b is not a member of group word-count.',
    })
  })

  test('a member that does not revoke its tasks in time is removed', async () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join({ rebalanceTimeoutMs: 10_000 })
    b.join()
    a.heartbeat()
    await harness.clock.advance(9999)
    a.heartbeat()
    expect(a.described).toBeDefined()
    await harness.clock.advance(1)
    expect(a.described).toBeUndefined()
    expect(b.heartbeat()).toMatchObject({ activeTasks: [{ partitions: [0, 1] }] })
  })

  test('a member that revokes in time stays', async () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join({ rebalanceTimeoutMs: 10_000 })
    b.join()
    a.heartbeat()
    a.acknowledge()
    await harness.clock.advance(REBALANCE_MS / 2)
    expect(a.described).toBeDefined()
  })

  test('in profile test a member leaves when its connection has been closed for a while', async () => {
    const harness = new StreamsHarness({}, { profile: 'test' })
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join()
    b.join()
    b.connection.close()
    await harness.clock.advance(5000)
    expect(harness.describeStreams().members.map(({ memberId }) => memberId)).toEqual(['a'])
  })
})

describe('epochs fence members', () => {
  test('a member with an older epoch that has other tasks must join again', () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join()
    b.join()
    a.heartbeat()
    a.acknowledge()
    b.heartbeat()
    const activeTasks = [{ subtopologyId: '0', partitions: [1] }]
    const lost = { memberEpoch: 2, standbyTasks: [], warmupTasks: [] }
    expect(a.heartbeat({ ...lost, activeTasks })).toMatchObject({
      errorCode: ErrorCode.FencedMemberEpoch,
      errorMessage:
        'The streams group member has a smaller member epoch (2) than the one known by the group coordinator (3). The member must abandon all its partitions and rejoin.',
    })
    // The member did not get the response with the new epoch.
    expect(a.heartbeat({ ...lost, activeTasks: a.tasks.active }).errorCode).toBe(none)
  })

  test('a newer epoch than the group knows is fenced', () => {
    const harness = new StreamsHarness()
    const a = harness.streamsMember('a')
    a.join()
    expect(a.heartbeat({ memberEpoch: 3 }).errorMessage).toBe(
      'The streams group member has a greater member epoch (3) than the one known by the group coordinator (2). The member must abandon all its partitions and rejoin.',
    )
  })

  test('a member that joins again keeps its tasks', () => {
    const harness = new StreamsHarness()
    const a = harness.streamsMember('a')
    a.join()
    expect(a.join()).toMatchObject({ memberEpoch: 2, activeTasks: [{ partitions: [0, 1] }] })
    expect(harness.state).toEqual(['Stable', 2, 2])
  })

  test('an unknown group or member is an error', () => {
    const harness = new StreamsHarness()
    const a = harness.streamsMember('a')
    expect(a.heartbeat({ memberEpoch: 1 })).toMatchObject({
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: 'Streams group word-count not found.',
    })
    expect(a.leave()).toMatchObject({
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: 'Group word-count not found.',
    })
  })

  test('tasks that do not exist are refused', () => {
    const harness = new StreamsHarness()
    const a = harness.streamsMember('a')
    a.join()
    const owned = (subtopologyId: string, partition: number) =>
      a.heartbeat({
        activeTasks: [{ subtopologyId, partitions: [partition] }],
        standbyTasks: [],
        warmupTasks: [],
      })
    expect(owned('0', 2)).toMatchObject({
      errorCode: ErrorCode.InvalidRequest,
      errorMessage: 'Task 2 for subtopology 0 is invalid. Number of tasks for this subtopology: 2',
    })
    expect(owned('1', 0).errorMessage).toBe('Subtopology 1 does not exist in the topology.')
  })
})

describe('topics of the topology', () => {
  test('a group whose source topic is missing becomes ready when the topic is created', () => {
    const harness = new StreamsHarness()
    const a = harness.streamsMember('a')
    const missing = topologyOf({ sourceTopics: ['later'] })
    expect(a.join({ topology: missing })).toMatchObject({
      memberEpoch: 2,
      activeTasks: [],
      status: [
        { statusCode: MissingSourceTopics, statusDetail: 'Source topics later are missing.' },
      ],
    })
    expect(harness.state[0]).toBe('NotReady')
    harness.createTopic('later', CHANGELOG_ID, 1)
    expect(a.heartbeat()).toMatchObject({
      memberEpoch: 3,
      activeTasks: [{ partitions: [0] }],
      status: [],
    })
    expect(harness.state).toEqual(['Stable', 3, 3])
  })

  test('new partitions of a source topic are assigned', () => {
    const harness = new StreamsHarness()
    const a = harness.streamsMember('a')
    a.join()
    a.heartbeat()
    harness.createTopic('in', CHANGELOG_ID, 3)
    expect(a.heartbeat()).toMatchObject({
      memberEpoch: 3,
      activeTasks: [{ partitions: [0, 1, 2] }],
    })
  })

  test('missing internal topics are returned for creation', () => {
    const harness = new StreamsHarness()
    const a = harness.streamsMember('a')
    const stateful = topologyOf({
      stateChangelogTopics: [
        {
          name: 'app-store-changelog',
          partitions: 0,
          replicationFactor: 0,
          topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }],
        },
      ],
    })
    const { status, result } = a.join({ topology: stateful })
    expect(status).toMatchObject([{ statusCode: MissingInternalTopics }])
    expect([...result.topicsToCreate.values()]).toEqual([
      {
        name: 'app-store-changelog',
        numPartitions: 2,
        replicationFactor: -1,
        assignments: [],
        configs: [{ name: 'cleanup.policy', value: 'compact' }],
      },
    ])
    harness.createTopic('app-store-changelog', CHANGELOG_ID, 2)
    expect(a.heartbeat()).toMatchObject({ activeTasks: [{ partitions: [0, 1] }], status: [] })
  })

  test('a member with an older topology is told so; another topology is refused', () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join({ topology: { ...topology, epoch: 1 } })
    expect(b.join().status).toMatchObject([
      {
        statusCode: HeartbeatStatus.StaleTopology,
        statusDetail: "The member's topology epoch 0 is behind the group's topology epoch 1.",
      },
    ])
    const other = { ...topologyOf({ sourceTopics: ['out'] }), epoch: 1 }
    expect(b.join({ topology: other })).toMatchObject({
      errorCode: ErrorCode.InvalidRequest,
      errorMessage: 'Topology updates are not supported yet.',
    })
  })
})

describe('a member tells the others', () => {
  test('the first request to shut down the application reaches all members', () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    a.join()
    b.join()
    a.heartbeat({ shutdownApplication: true })
    const status = [
      {
        statusCode: ShutdownApplication,
        statusDetail:
          'Streams group member a encountered a fatal error and requested a shutdown for the entire application.',
      },
    ]
    expect(b.heartbeat({ shutdownApplication: true }).status).toEqual(status)
    a.leave()
    expect(b.heartbeat().status).toEqual(status)
    b.leave()
    expect(a.join().status).toEqual([])
  })

  test('its endpoint, with the partitions that it can query', () => {
    const harness = new StreamsHarness()
    const [a, b] = [harness.streamsMember('a'), harness.streamsMember('b')]
    const userEndpoint = { host: 'localhost', port: 7000 }
    a.join({ userEndpoint })
    const answer = b.join()
    expect(answer).toMatchObject({ endpointInformationEpoch: 0 })
    a.heartbeat()
    const { endpointInformationEpoch, partitionsByUserEndpoint } = b.heartbeat()
    expect(endpointInformationEpoch).toBe(1)
    expect(partitionsByUserEndpoint).toEqual([
      {
        userEndpoint,
        activePartitions: [{ topic: 'in', partitions: [0] }],
        standbyPartitions: [],
      },
    ])
    b.endpointEpoch = 1
    expect(b.heartbeat().partitionsByUserEndpoint).toBeNull()
  })

  test('the offsets of its tasks, which are described', () => {
    const harness = new StreamsHarness()
    const a = harness.streamsMember('a')
    a.join()
    const taskOffset = { subtopologyId: '0', partition: 1, offset: 5 }
    a.heartbeat({ taskOffsets: [taskOffset] })
    a.heartbeat({ taskEndOffsets: [{ ...taskOffset, offset: 9 }] })
    expect(a.described).toMatchObject({
      taskOffsets: [taskOffset],
      taskEndOffsets: [{ ...taskOffset, offset: 9 }],
    })
    expect(a.heartbeat({ taskOffsets: [taskOffset, taskOffset] })).toMatchObject({
      errorCode: ErrorCode.InvalidRequest,
      errorMessage: 'Task offsets contain a duplicate entry for subtopology 0 and partition 1.',
    })
  })

  test('that it lacks client tags of rack-aware assignment', () => {
    const harness = new StreamsHarness({ 'group.streams.rack.aware.assignment.tags': 'zone' })
    const a = harness.streamsMember('a')
    expect(a.join().status).toMatchObject([{ statusCode: HeartbeatStatus.MissingClientTags }])
    expect(a.join({ apiVersion: 0 }).status).toEqual([])
    expect(a.join({ clientTags: [{ key: 'zone', value: 'a' }] }).status).toEqual([])
  })
})
