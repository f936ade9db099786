import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DeleteGroups } from '../../../src/protocol/messages/42-delete-groups.ts'
import { StreamsGroupHeartbeat } from '../../../src/protocol/messages/88-streams-group-heartbeat.ts'
import { StreamsGroupDescribe } from '../../../src/protocol/messages/89-streams-group-describe.ts'
import { StreamsGroupTopologyDescriptionUpdate } from '../../../src/protocol/messages/93-streams-group-topology-description-update.ts'
import type { RequestInput } from '../../../src/protocol/schema/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import type { TestCluster } from '../../support/test-cluster.ts'
import { startGroupCluster } from '../support.ts'

const PLUGIN = 'org.apache.kafka.server.streams.InMemoryTopologyDescriptionPlugin'
const [NOT_STORED, AVAILABLE] = [1, 3]

type Update = RequestInput<typeof StreamsGroupTopologyDescriptionUpdate>
type Node = Update['topologyDescription']['globalStores'][number]['source']

const node: Node = {
  name: 'n',
  nodeType: 1,
  sourceTopics: [],
  sinkTopic: null,
  stores: [],
  successors: [],
}
const source: Node = { ...node, name: 'source', sourceTopics: ['in', 'in'], successors: ['count'] }
const processor: Node = { ...node, name: 'count', nodeType: 2, stores: ['counts'] }
const sink: Node = { ...node, name: 'sink', nodeType: 3, sinkTopic: 'out', sourceTopics: ['in'] }

function update(overrides: Partial<Update> = {}): Update {
  return {
    groupId: 'app',
    memberId: 'a',
    topologyEpoch: 0,
    topologyDescription: {
      subtopologies: [{ subtopologyId: '0', nodes: [source, processor, sink] }],
      globalStores: [{ source, processor }],
    },
    ...overrides,
  }
}

async function start(plugin = PLUGIN): Promise<TestCluster> {
  return startGroupCluster({
    topics: [{ name: 'in', partitions: 2 }],
    config: {
      'group.streams.initial.rebalance.delay.ms': '0',
      'group.streams.topology.description.plugin.class': plugin,
    },
  })
}

function heartbeat(
  { call }: TestCluster,
  { memberId = 'a', memberEpoch = 0, version = 1, groupId = 'app' } = {},
) {
  const isJoining = memberEpoch === 0
  const subtopology = {
    subtopologyId: '0',
    sourceTopics: ['in'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  return call(StreamsGroupHeartbeat, version, {
    groupId,
    memberId,
    memberEpoch,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    topology: isJoining ? { epoch: 0, subtopologies: [subtopology] } : null,
    activeTasks: isJoining ? [] : null,
    standbyTasks: isJoining ? [] : null,
    warmupTasks: isJoining ? [] : null,
    processId: 'p',
    clientTags: [],
  })
}

async function describe({ call }: TestCluster) {
  const { groups } = await call(StreamsGroupDescribe, 1, {
    groupIds: ['app'],
    includeAuthorizedOperations: false,
    includeTopologyDescription: true,
  })
  return groups[0]!
}

test('a member is asked for the description, sends it, and administrators get it', async () => {
  const cluster = await start()
  expect((await heartbeat(cluster)).topologyDescriptionRequired).toBe(true)
  expect(await describe(cluster)).toMatchObject({ topologyDescriptionStatus: NOT_STORED })
  expect(await cluster.call(StreamsGroupTopologyDescriptionUpdate, 0, update())).toMatchObject({
    errorCode: ErrorCode.None,
    errorMessage: null,
  })
  const described = await describe(cluster)
  const shown = { ...source, sourceTopics: ['in'] }
  expect(described.topologyDescriptionStatus).toBe(AVAILABLE)
  expect(described.topologyDescription).toEqual({
    subtopologies: [
      { subtopologyId: '0', nodes: [shown, processor, { ...sink, sourceTopics: [] }] },
    ],
    globalStores: [{ source: shown, processor }],
  })
  expect((await heartbeat(cluster, { memberEpoch: 2 })).topologyDescriptionRequired).toBe(false)
})

test('only one member is asked, and another one later; old clients are not asked', async () => {
  const cluster = await start()
  const isAsked = async (options: { memberId?: string; version?: number }) =>
    (await heartbeat(cluster, options)).topologyDescriptionRequired
  expect(await isAsked({ version: 0 })).toBe(false)
  expect(await isAsked({})).toBe(true)
  expect(await isAsked({ memberId: 'b' })).toBe(false)
  await cluster.clock.advance(36_000)
  expect(await isAsked({ memberId: 'b' })).toBe(true)
  await cluster.clock.advance(36_000)
  expect(await isAsked({ memberId: 'b' })).toBe(false)
  await cluster.clock.advance(36_000)
  expect(await isAsked({ memberId: 'b' })).toBe(true)
})

test('the description is deleted with its group', async () => {
  const cluster = await start()
  await heartbeat(cluster)
  await cluster.call(StreamsGroupTopologyDescriptionUpdate, 0, update())
  await heartbeat(cluster, { memberEpoch: -1 })
  await cluster.call(DeleteGroups, 2, { groupsNames: ['app'] })
  await heartbeat(cluster)
  expect(await describe(cluster)).toMatchObject({
    topologyDescription: null,
    topologyDescriptionStatus: NOT_STORED,
  })
})

test('unknown groups and members, and other epochs, are errors', async () => {
  const cluster = await start()
  const send = (overrides: Partial<Update>) =>
    cluster.call(StreamsGroupTopologyDescriptionUpdate, 0, update(overrides))
  expect(await send({})).toMatchObject({
    errorCode: ErrorCode.GroupIdNotFound,
    errorMessage: 'Group app not found.',
  })
  await heartbeat(cluster)
  expect(await send({ memberId: 'b' })).toMatchObject({
    errorCode: ErrorCode.UnknownMemberId,
    errorMessage: 'Member b is not a member of group app.',
  })
  expect(await send({ topologyEpoch: 1 })).toMatchObject({
    errorCode: ErrorCode.InvalidRequest,
    errorMessage: "Topology epoch 1 does not match the group's current topology epoch 0.",
  })
})

test('nodes of unknown types, and global stores of other nodes, are errors', async () => {
  const cluster = await start()
  await heartbeat(cluster)
  const send = (globalStores: Update['topologyDescription']['globalStores']) =>
    cluster.call(
      StreamsGroupTopologyDescriptionUpdate,
      0,
      update({ topologyDescription: { subtopologies: [], globalStores } }),
    )
  expect(await send([{ source: { ...source, nodeType: 4 }, processor }])).toMatchObject({
    errorCode: ErrorCode.InvalidRequest,
    errorMessage: 'Unknown topology node type: 4',
  })
  expect(await send([{ source: sink, processor }])).toMatchObject({
    errorCode: ErrorCode.InvalidRequest,
    errorMessage: 'Global store must be composed of a source and a processor node.',
  })
})

test('a broker without a store refuses descriptions and does not ask for them', async () => {
  const cluster = await start('com.example.Plugin')
  expect((await heartbeat(cluster)).topologyDescriptionRequired).toBe(false)
  expect(await cluster.call(StreamsGroupTopologyDescriptionUpdate, 0, update())).toMatchObject({
    errorCode: ErrorCode.UnsupportedVersion,
    errorMessage: 'The broker has no streams group topology description plugin configured.',
  })
})

test('needs streams.version 1', async () => {
  const { call } = await startTestCluster({ features: { 'streams.version': 0 } })
  expect(await call(StreamsGroupTopologyDescriptionUpdate, 0, update())).toMatchObject({
    errorCode: ErrorCode.UnsupportedVersion,
    errorMessage: null,
  })
})
