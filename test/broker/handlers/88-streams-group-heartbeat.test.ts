import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeConfigs } from '../../../src/protocol/messages/32-describe-configs.ts'
import { StreamsGroupHeartbeat } from '../../../src/protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestInput } from '../../../src/protocol/schema/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import type { TestCluster } from '../../support/test-cluster.ts'
import { leaders, startGroupCluster } from '../support.ts'

const MISSING_INTERNAL_TOPICS = 3

type Heartbeat = RequestInput<typeof StreamsGroupHeartbeat>
type Subtopology = NonNullable<Heartbeat['topology']>['subtopologies'][number]

function subtopology(overrides: Partial<Subtopology> = {}): Subtopology {
  return {
    subtopologyId: '0',
    sourceTopics: ['in'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...overrides,
  }
}

function changelog(name: string, overrides: { partitions?: number; replicas?: number } = {}) {
  const { partitions = 0, replicas: replicationFactor = 0 } = overrides
  const topicConfigs = [{ key: 'cleanup.policy', value: 'compact' }]
  return { name, partitions, replicationFactor, topicConfigs }
}

function join(overrides: Partial<Heartbeat> = {}): Heartbeat {
  return {
    groupId: 'app',
    memberId: 'a',
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    topology: { epoch: 0, subtopologies: [subtopology()] },
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    processId: 'p',
    clientTags: [],
    ...overrides,
  }
}

async function start(configs: Record<string, string> = {}): Promise<TestCluster> {
  return startGroupCluster({
    topics: [{ name: 'in', partitions: 2 }],
    config: {
      'group.streams.initial.rebalance.delay.ms': '0',
      'group.streams.assignment.interval.ms': '0',
      ...configs,
    },
  })
}

test.each([0, 1])('assigns tasks in version %i', async (version) => {
  const { call } = await start()
  expect(await call(StreamsGroupHeartbeat, version, join())).toMatchObject({
    errorCode: ErrorCode.None,
    memberId: 'a',
    memberEpoch: 2,
    activeTasks: [{ subtopologyId: '0', partitions: [0, 1] }],
    status: [],
  })
})

test('creates the internal topics of the topology, with their configs', async () => {
  const cluster = await start()
  const topology = {
    epoch: 0,
    subtopologies: [
      subtopology({ repartitionSinkTopics: ['app-repartition'] }),
      subtopology({
        subtopologyId: '1',
        sourceTopics: [],
        repartitionSourceTopics: [{ ...changelog('app-repartition'), topicConfigs: [] }],
        stateChangelogTopics: [changelog('app-changelog')],
      }),
    ],
  }
  const first = await cluster.call(StreamsGroupHeartbeat, 1, join({ topology }))
  expect(first.status).toMatchObject([{ statusCode: MISSING_INTERNAL_TOPICS }])
  expect(await leaders(cluster, 'app-repartition')).toHaveLength(2)
  expect(await leaders(cluster, 'app-changelog')).toHaveLength(2)
  const configurationKeys = ['cleanup.policy']
  const described = await cluster.call(DescribeConfigs, 4, {
    resources: [{ resourceType: 2, resourceName: 'app-changelog', configurationKeys }],
    includeSynonyms: false,
    includeDocumentation: false,
  })
  expect(described.results[0]!.configs).toMatchObject([{ value: 'compact' }])
  const { memberEpoch } = first
  const next = { ...join({ memberEpoch }), topology: null }
  expect(await cluster.call(StreamsGroupHeartbeat, 1, next)).toMatchObject({
    memberEpoch: 3,
    status: [],
    activeTasks: [
      { subtopologyId: '0', partitions: [0, 1] },
      { subtopologyId: '1', partitions: [0, 1] },
    ],
  })
})

test('reports why an internal topic could not be created, and tries again later', async () => {
  const cluster = await start()
  const { clock, call } = cluster
  const stateChangelogTopics = [changelog('app-changelog', { replicas: 3 })]
  const topology = { epoch: 0, subtopologies: [subtopology({ stateChangelogTopics })] }
  const details = async (request: Heartbeat) =>
    (await call(StreamsGroupHeartbeat, 1, request)).status?.map(({ statusDetail }) => statusDetail)
  const missing = 'Internal topics are missing: app-changelog'
  expect(await details(join({ topology }))).toEqual([missing])
  const failed = `${missing}; Creation failed: app-changelog (Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.).`
  expect(await details(join({ topology }))).toEqual([failed])
  await clock.advance(10_000)
  expect(await details(join({ topology }))).toEqual([missing])
  expect(await details(join({ topology }))).toEqual([failed])
})

test('topics with invalid or internal names are refused', async () => {
  const { call } = await start()
  const refused = (overrides: Partial<Subtopology>) =>
    call(
      StreamsGroupHeartbeat,
      1,
      join({ topology: { epoch: 0, subtopologies: [subtopology(overrides)] } }),
    )
  expect(await refused({ sourceTopics: ['__consumer_offsets'] })).toMatchObject({
    errorCode: ErrorCode.StreamsInvalidTopology,
    errorMessage:
      'Use of Kafka internal topics __consumer_offsets in a Kafka Streams topology is prohibited.',
  })
  expect(await refused({ stateChangelogTopics: [changelog('a b')] })).toMatchObject({
    errorCode: ErrorCode.StreamsInvalidTopology,
    errorMessage: 'Topic names a b are not valid topic names.',
  })
  expect(
    await refused({ stateChangelogTopics: [changelog('c', { partitions: 2 })] }),
  ).toMatchObject({
    errorCode: ErrorCode.StreamsInvalidTopology,
    errorMessage: 'Changelog topic c must have an undefined partition count, but it is set to 2.',
  })
})

test.each<[string, Partial<Heartbeat>, string]>([
  ['a member id', { memberId: ' ' }, "MemberId can't be empty."],
  ['a group id', { groupId: '' }, "GroupId can't be empty."],
  ['an instance id that is not empty', { instanceId: '' }, "InstanceId can't be empty."],
  ['a rack that is not empty', { rackId: '' }, "RackId can't be empty."],
  [
    'a rebalance timeout',
    { rebalanceTimeoutMs: -1 },
    'RebalanceTimeoutMs must be provided in first request.',
  ],
  [
    'no active tasks',
    { activeTasks: [{ subtopologyId: '0', partitions: [0] }] },
    'ActiveTasks must be empty when (re-)joining.',
  ],
  [
    'an empty list of standby tasks',
    { standbyTasks: null },
    'StandbyTasks must be empty when (re-)joining.',
  ],
  [
    'no warm-up tasks',
    { warmupTasks: [{ subtopologyId: '0', partitions: [0] }] },
    'WarmupTasks must be empty when (re-)joining.',
  ],
  ['a topology', { topology: null }, 'Topology must be non-null when (re-)joining.'],
  [
    'names of source topics, no patterns',
    { topology: { epoch: 0, subtopologies: [subtopology({ sourceTopicRegex: ['x.*'] })] } },
    'Regular expressions for source topics are not supported yet.',
  ],
])('a member that joins needs %s', async (_, overrides, errorMessage) => {
  const { call } = await start()
  expect(await call(StreamsGroupHeartbeat, 1, join(overrides))).toMatchObject({
    errorCode: ErrorCode.InvalidRequest,
    errorMessage,
    memberId: '',
  })
})

test.each<[string, Partial<Heartbeat>, string]>([
  [
    'all roles of tasks, or none',
    { warmupTasks: null },
    'If one task-type is non-null, all must be non-null.',
  ],
  [
    'no topology',
    { topology: { epoch: 0, subtopologies: [] } },
    'Topology can only be provided when (re-)joining.',
  ],
  ['an instance id to leave for a while', { memberEpoch: -2 }, "InstanceId can't be null."],
  [
    'an epoch of at least -2',
    { memberEpoch: -3 },
    'MemberEpoch is -3, but must be greater than or equal to -2.',
  ],
])('a member of a group needs %s', async (_, overrides, errorMessage) => {
  const { call } = await start()
  const request = { ...join({ memberEpoch: 2 }), topology: null, ...overrides }
  expect(await call(StreamsGroupHeartbeat, 1, request)).toMatchObject({
    errorCode: ErrorCode.InvalidRequest,
    errorMessage,
  })
})

test('needs streams.version 1, and the protocol in group.coordinator.rebalance.protocols', async () => {
  const unsupported = { errorCode: ErrorCode.UnsupportedVersion, errorMessage: null }
  const older = await startTestCluster({ features: { 'streams.version': 0 } })
  expect(await older.call(StreamsGroupHeartbeat, 1, join())).toMatchObject(unsupported)
  const config = { 'group.coordinator.rebalance.protocols': 'classic,consumer' }
  const without = await startTestCluster({ config })
  expect(await without.call(StreamsGroupHeartbeat, 1, join())).toMatchObject(unsupported)
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const errors = new Set<number>()
  for (let group = 0; group < 10; group++) {
    const request = join({ groupId: `app-${group}` })
    errors.add((await cluster.call(StreamsGroupHeartbeat, 1, request)).errorCode)
  }
  expect([...errors].sort()).toEqual([ErrorCode.None, ErrorCode.NotCoordinator])
})
