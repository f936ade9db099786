import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { StreamsGroupHeartbeat } from '../../../src/protocol/messages/88-streams-group-heartbeat.ts'
import { StreamsGroupDescribe } from '../../../src/protocol/messages/89-streams-group-describe.ts'
import { startGroupCluster } from '../support.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import type { TestCluster } from '../../support/test-cluster.ts'

const PLAIN = { includeAuthorizedOperations: false, includeTopologyDescription: false }
const NOT_REQUESTED = -(2 ** 31)
const GROUP_OPERATIONS = 0b1101_0100_1000

async function clusterWithGroup(): Promise<TestCluster> {
  const cluster = await startGroupCluster({
    topics: [{ name: 'in', partitions: 2 }],
    config: { 'group.streams.initial.rebalance.delay.ms': '0' },
  })
  const subtopology = {
    subtopologyId: '0',
    sourceTopics: ['in'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  await cluster.call(StreamsGroupHeartbeat, 1, {
    groupId: 'app',
    memberId: 'a',
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    topology: { epoch: 0, subtopologies: [subtopology] },
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    processId: 'p',
    userEndpoint: { host: 'h', port: 40_000 },
    clientTags: [{ key: 'zone', value: 'z' }],
  })
  return cluster
}

test.each([0, 1])('returns the group in version %i', async (version) => {
  const { call } = await clusterWithGroup()
  const { groups } = await call(StreamsGroupDescribe, version, { groupIds: ['app'], ...PLAIN })
  const assignment = {
    activeTasks: [{ subtopologyId: '0', partitions: [0, 1] }],
    standbyTasks: [],
    warmupTasks: [],
  }
  expect(groups).toMatchObject([
    {
      errorCode: ErrorCode.None,
      groupId: 'app',
      groupState: 'Stable',
      groupEpoch: 2,
      assignmentEpoch: 2,
      topology: { epoch: 0, subtopologies: [{ subtopologyId: '0', sourceTopics: ['in'] }] },
      members: [
        {
          memberId: 'a',
          memberEpoch: 2,
          clientId: 'test',
          topologyEpoch: 0,
          processId: 'p',
          userEndpoint: { host: 'h', port: 40_000 },
          clientTags: [{ key: 'zone', value: 'z' }],
          assignment,
          targetAssignment: assignment,
        },
      ],
      authorizedOperations: NOT_REQUESTED,
      topologyDescriptionStatus: 0,
      assignorName: version === 0 ? null : 'sticky',
    },
  ])
})

test('authorized operations and the description of the topology are returned on request', async () => {
  const { call } = await clusterWithGroup()
  const groupIds = ['app', 'unknown']
  const request = { groupIds, includeAuthorizedOperations: true, includeTopologyDescription: true }
  const { groups } = await call(StreamsGroupDescribe, 1, request)
  expect(groups).toMatchObject([
    {
      authorizedOperations: GROUP_OPERATIONS,
      topologyDescription: null,
      topologyDescriptionStatus: 1,
    },
    { authorizedOperations: NOT_REQUESTED, topologyDescriptionStatus: 0 },
  ])
})

test('unknown groups, groups of other kinds and empty ids are errors', async () => {
  const { call } = await clusterWithGroup()
  const { groups } = await call(StreamsGroupDescribe, 1, { groupIds: ['unknown', ''], ...PLAIN })
  expect(groups).toMatchObject([
    {
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: 'Group unknown not found.',
      groupId: 'unknown',
      topology: null,
      members: [],
    },
    { errorCode: ErrorCode.InvalidGroupId, groupId: '' },
  ])
})

test('needs streams.version 1', async () => {
  const { call } = await startTestCluster({ features: { 'streams.version': 0 } })
  const { groups } = await call(StreamsGroupDescribe, 1, { groupIds: ['app'], ...PLAIN })
  expect(groups).toMatchObject([{ errorCode: ErrorCode.UnsupportedVersion, groupId: 'app' }])
})
