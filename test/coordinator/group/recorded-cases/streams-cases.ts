import { DeleteGroups } from '../../../../src/protocol/messages/42-delete-groups.ts'
import { StreamsGroupDescribe } from '../../../../src/protocol/messages/89-streams-group-describe.ts'
import { StreamsGroupTopologyDescriptionUpdate } from '../../../../src/protocol/messages/93-streams-group-topology-description-update.ts'
import {
  DescribeGroups,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  TxnOffsetCommit,
} from '../../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../../src/protocol/schema/index.ts'
import { ClassicClient } from './classic-client.ts'
import type { Connect } from './script.ts'
import { Script } from './script.ts'
import { StreamsClient, subtopology } from './streams-client.ts'

/** The lines that a real broker gave for {@link streamsCases}. */
export const streamsCasesUrl = new URL('streams-cases.jsonl', import.meta.url)

/**
 * Sends requests about streams groups: every error, the histories of members, topics that are
 * missing, offsets, and descriptions of topologies.
 *
 * @returns one line per response
 */
export async function streamsCases(connect: Connect): Promise<string[]> {
  const script = new Script(connect)
  await script.awaitCoordinator()
  const topicId = await script.createTopic('t', 2)
  await script.createTopic('u', 3)
  for (const [name, run] of Object.entries(cases)) {
    script.note(name)
    const groupId = name.replaceAll(' ', '-')
    await run({
      script,
      topicId,
      groupId,
      client: (client, instanceId) => new StreamsClient(script, client, groupId, instanceId),
    })
  }
  const { lines } = script
  await script.close()
  return lines
}

interface Case {
  readonly script: Script
  readonly topicId: string
  readonly groupId: string
  client(name: string, instanceId?: string): StreamsClient
}

type DescriptionUpdate = RequestInput<typeof StreamsGroupTopologyDescriptionUpdate>

const task = (subtopologyId: string, ...partitions: number[]) => ({ subtopologyId, partitions })
const topology = (...subtopologies: ReturnType<typeof subtopology>[]) => ({
  epoch: 0,
  subtopologies,
})
const internal = (name: string, overrides: { partitions?: number; replicas?: number } = {}) => ({
  name,
  partitions: overrides.partitions ?? 0,
  replicationFactor: overrides.replicas ?? 0,
  topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }],
})

const cases: Readonly<Record<string, (given: Case) => Promise<void>>> = {
  'heartbeats that contradict themselves': async ({ client }) => {
    const a = client('a')
    for (const version of [0, 1]) {
      await a.join({ memberId: '' }, version)
      await a.join({ groupId: ' ' }, version)
      await a.join({ instanceId: '' }, version)
      await a.join({ rackId: ' ' }, version)
      await a.join({ rebalanceTimeoutMs: -1 }, version)
      await a.join({ activeTasks: null }, version)
      await a.join({ standbyTasks: [task('0', 0)] }, version)
      await a.join({ warmupTasks: [task('0', 0)] }, version)
      await a.join({ topology: null }, version)
      await a.send({ memberEpoch: -2 }, version)
      await a.send({ memberEpoch: -3 }, version)
      await a.send({ memberEpoch: 1, activeTasks: [] }, version)
      await a.send({ memberEpoch: 1, topology: topology(subtopology()) }, version)
      await a.send({ memberEpoch: -1, topology: topology(subtopology()) }, version)
    }
    await a.join({ topology: topology(subtopology({ sourceTopicRegex: ['t.*'] })) })
    const counted = [internal('c', { partitions: 2 })]
    await a.join({ topology: topology(subtopology({ stateChangelogTopics: counted })) })
    await a.join({
      topology: topology(subtopology({ sourceTopics: ['__consumer_offsets', 'a b'] })),
    })
    await a.join({ topology: topology(subtopology({ sourceTopics: ['a b', 'c,d', 't'] })) })
    await a.join({ topology: topology(subtopology({ repartitionSinkTopics: ['.'] })) })
  },

  'unknown groups and members': async ({ script, client, groupId }) => {
    const [a, b] = [client('a'), client('b')]
    await a.heartbeat({ memberEpoch: 1 })
    await a.leave()
    await a.send({ memberEpoch: -2, instanceId: 'i' })
    await describe(script, [groupId, ''])
    await a.join()
    await b.heartbeat({ memberEpoch: 1 })
    await b.leave()
    await b.heartbeat({ memberEpoch: 1, instanceId: 'i' })
    await b.send({ memberEpoch: -2, instanceId: 'i' })
  },

  'one member': async ({ script, client, groupId }) => {
    const a = client('a')
    await a.join({}, 0)
    await describe(script, [groupId], 0)
    await a.heartbeat()
    await a.acknowledge()
    await a.heartbeat({ rackId: 'r', clientTags: [{ key: 'zone', value: 'z' }] })
    await a.heartbeat({ processId: 'p2', userEndpoint: { host: 'h', port: 65_535 } })
    await describe(script, [groupId])
    await a.heartbeat({ memberEpoch: 9 })
    await a.heartbeat({ memberEpoch: 1 })
    await a.acknowledge({ memberEpoch: a.memberEpoch - 1 })
    await a.join()
    await a.leave()
    await describe(script, [groupId])
    await a.join()
  },

  'two members share tasks': async ({ script, client, groupId }) => {
    const [a, b] = [client('a'), client('b')]
    await a.join()
    await b.join()
    await describe(script, [groupId])
    await b.heartbeat()
    await a.heartbeat()
    await describe(script, [groupId])
    await b.heartbeat()
    await a.acknowledge()
    await b.heartbeat()
    await b.acknowledge()
    await describe(script, [groupId])
    await a.acknowledge({ memberEpoch: a.memberEpoch - 1 })
    await a.heartbeat({ activeTasks: [task('0', 9)], standbyTasks: [], warmupTasks: [] })
    await a.heartbeat({ activeTasks: [task('9', 0)], standbyTasks: [], warmupTasks: [] })
    await b.leave()
    await a.acknowledge()
    await describe(script, [groupId])
  },

  'static members': async ({ script, client, groupId }) => {
    const [a, b] = [client('a', 'i'), client('b', 'i')]
    await a.join()
    await b.join()
    await b.heartbeat({ memberEpoch: 2 })
    await a.send({ memberEpoch: -2 })
    await describe(script, [groupId])
    await b.join({ processId: 'process-a' })
    await a.heartbeat({ memberEpoch: 2 })
    await a.leave()
    await describe(script, [groupId])
    await b.send({ memberEpoch: -2 })
    await b.join({ processId: 'other' })
    await describe(script, [groupId])
    await b.leave()
    await b.join()
  },

  'source topics that are missing': async ({ script, client, groupId }) => {
    const a = client('a')
    const names = ['z', 'y', 'x', 'w', 'u']
    await a.join({ topology: topology(subtopology({ sourceTopics: names })) })
    await describe(script, [groupId])
    await listStates(script, ['NotReady'])
    await listStates(script, ['not_ready'])
    const userEndpoint = { host: 'h', port: 1 }
    await client('b').join({
      topology: topology(subtopology({ sourceTopics: names })),
      userEndpoint,
    })
  },

  'a source topic that is created later': async ({ script, client, groupId }) => {
    const a = client('a')
    const created = topology(subtopology({ sourceTopics: ['created'] }))
    await a.join({ topology: created })
    await script.createTopic('created', 2)
    await a.awaitReady()
    await describe(script, [groupId])
  },

  'internal topics': async ({ script, client, groupId }) => {
    const a = client('a')
    const stateful = topology(
      subtopology({
        sourceTopics: ['t'],
        repartitionSinkTopics: ['app-repartition'],
        stateChangelogTopics: [internal('app-a-changelog')],
      }),
      subtopology({
        subtopologyId: '1',
        sourceTopics: [],
        repartitionSourceTopics: [internal('app-repartition', { partitions: 3 })],
        stateChangelogTopics: [internal('app-b-changelog')],
      }),
    )
    await a.join({ topology: stateful })
    await a.awaitReady()
    await describe(script, [groupId])
  },

  'an internal topic that cannot be created': async ({ script, client, groupId }) => {
    const a = client('a')
    const replicas = { replicas: 3 }
    const failing = subtopology({ stateChangelogTopics: [internal('failing', replicas)] })
    await a.join({ topology: topology(failing) })
    await describe(script, [groupId])
  },

  'internal topics with other partition counts': async ({ client }) => {
    const wrong = subtopology({ stateChangelogTopics: [internal('u')] })
    await client('a').join({ topology: topology(wrong) })
  },

  'copartitioned topics with different partition counts': async ({ client }) => {
    const copartitionGroups = [
      { sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] },
    ]
    const wrong = subtopology({ sourceTopics: ['t', 'u'], copartitionGroups })
    await client('a').join({ topology: topology(wrong) })
  },

  'other topologies': async ({ client }) => {
    const [a, b] = [client('a'), client('b')]
    await a.join({ topology: { epoch: 3, subtopologies: [subtopology()] } })
    await b.join({ topology: { epoch: 2, subtopologies: [subtopology()] } })
    await b.heartbeat()
    await b.join({ topology: { epoch: 4, subtopologies: [subtopology()] } })
    await b.join({ topology: { epoch: 3, subtopologies: [subtopology({ sourceTopics: ['u'] })] } })
    await b.join({ topology: { epoch: 3, subtopologies: [subtopology()] } })
  },

  'shutdown of the application': async ({ client }) => {
    const [a, b] = [client('a'), client('b')]
    await a.join()
    await b.join()
    await a.heartbeat({ shutdownApplication: true })
    await b.heartbeat({ shutdownApplication: true })
    await a.leave()
    await b.heartbeat()
    await b.leave({ shutdownApplication: true })
    await a.join()
  },

  'endpoints of interactive queries': async ({ client }) => {
    const [a, b] = [client('a'), client('b')]
    const sources = topology(subtopology({ sourceTopics: ['t', 'u'] }))
    await a.join({ topology: sources, userEndpoint: { host: 'a', port: 7000 } })
    await a.heartbeat()
    await a.heartbeat({ endpointInformationEpoch: 1 })
    await b.join({ topology: sources, userEndpoint: { host: 'b', port: 7001 } })
    await a.heartbeat({ endpointInformationEpoch: 1 })
    await a.acknowledge({ endpointInformationEpoch: 1 })
    await b.heartbeat()
    await b.heartbeat({ endpointInformationEpoch: 4 })
    await a.join({ topology: sources })
    await b.heartbeat()
  },

  'offsets of tasks': async ({ script, client, groupId }) => {
    const a = client('a')
    await a.join()
    const offset = (partition: number, value: number) => ({
      subtopologyId: '0',
      partition,
      offset: value,
    })
    await a.heartbeat({ taskOffsets: [offset(1, 5), offset(0, 4)] })
    await a.heartbeat({ taskEndOffsets: [offset(0, 9)] })
    await describe(script, [groupId])
    await a.heartbeat({ taskOffsets: [offset(1, 5), offset(1, 6)] })
    await a.heartbeat({ taskOffsets: [] })
    await describe(script, [groupId])
  },

  'committed offsets': async ({ script, client, groupId, topicId }) => {
    const [a, b] = [client('a'), client('b')]
    await a.join()
    const commit = commits(script, groupId, topicId)
    await commit('a', 2, 0)
    await commit('a', 1, 0)
    await commit('a', 3, 0)
    await commit('c', 2, 0)
    await commit('', -1, 0)
    await commit('a', 2, 0, 8)
    await b.join()
    await a.heartbeat()
    await commit('a', 2, 1)
    await a.acknowledge()
    await b.heartbeat()
    await commit('a', 2, 0)
    await commit('a', 2, 1)
    await commit('a', 1, 0)
    await commit('b', 2, 1)
    await commit('b', 3, 1)
    await commitTransactionally(script, groupId, topicId)
    for (const [memberId, memberEpoch] of [
      ['a', 3],
      ['a', 2],
      ['c', 3],
      [null, -1],
      [null, 3],
    ] as const) {
      await script.ask('admin', OffsetFetch, 9, {
        groupId: '',
        topics: null,
        groups: [{ groupId, memberId, memberEpoch, topics: null }],
        requireStable: false,
      })
    }
    await script.ask('admin', OffsetDelete, 0, {
      groupId,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
    })
    await a.leave()
    await b.leave()
    await commit('', -1, 1)
    await script.ask('admin', OffsetDelete, 0, {
      groupId,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] }],
    })
  },

  'other requests for streams groups': async ({ script, client, groupId }) => {
    const a = client('a')
    await a.join()
    const classic = new ClassicClient(script, 'classic', groupId)
    await classic.join({}, 3)
    for (const version of [5, 6]) {
      const groups = [groupId]
      await script.ask('admin', DescribeGroups, version, {
        groups,
        includeAuthorizedOperations: false,
      })
    }
    await listTypes(script, ['streams'], groupId)
    await listTypes(script, ['classic'], groupId)
    await script.ask('admin', DeleteGroups, 3, { groupsNames: [groupId] })
    await a.leave()
    await script.ask('admin', DeleteGroups, 3, { groupsNames: [groupId] })
    await describe(script, [groupId])
  },

  'an empty streams group becomes a classic group': async ({ script, client, groupId }) => {
    const a = client('a')
    await a.join()
    await a.leave()
    const classic = new ClassicClient(script, 'classic', groupId)
    await classic.join({}, 3)
    await describe(script, [groupId])
    await a.join()
  },

  'an empty classic group becomes a streams group': async ({
    script,
    client,
    groupId,
    topicId,
  }) => {
    await commits(script, groupId, topicId)('', -1, 0)
    const a = client('a')
    await a.join()
    await describe(script, [groupId])
  },

  'descriptions of topologies': async ({ script, client, groupId }) => {
    const a = client('a')
    await a.join({}, 0)
    await a.heartbeat({}, 0)
    const node = { sourceTopics: [], sinkTopic: null, stores: [], successors: [] }
    const source = {
      ...node,
      name: 'source',
      nodeType: 1,
      sourceTopics: ['t', 'u', 't'],
      successors: ['count', 'count'],
    }
    const processor = { ...node, name: 'count', nodeType: 2, stores: ['b', 'a', 'b'] }
    const sink = { ...node, name: 'sink', nodeType: 3, sinkTopic: 'out', stores: ['x'] }
    const send = (changes: Partial<DescriptionUpdate>) =>
      script.ask('a', StreamsGroupTopologyDescriptionUpdate, 0, {
        groupId,
        memberId: 'a',
        topologyEpoch: 0,
        topologyDescription: {
          subtopologies: [{ subtopologyId: '0', nodes: [source, processor, sink] }],
          globalStores: [{ source, processor }],
        },
        ...changes,
      })
    await send({ groupId: 'nobody' })
    await send({ groupId: '' })
    await send({ memberId: 'nobody' })
    await send({ topologyEpoch: 1 })
    const wrong = { subtopologies: [], globalStores: [{ source: sink, processor }] }
    await send({ topologyDescription: wrong })
    const unknown = { ...source, nodeType: 0 }
    const subtopologies = [{ subtopologyId: '0', nodes: [unknown] }]
    await send({ topologyDescription: { subtopologies, globalStores: [] } })
    await describe(script, [groupId])
    await a.heartbeat({}, 1)
    await a.heartbeat({}, 1)
    await send({})
    await a.heartbeat({}, 1)
    await describe(script, [groupId, 'nobody'])
  },
}

function describe(script: Script, groupIds: string[], version = 1): Promise<unknown> {
  return script.ask('admin', StreamsGroupDescribe, version, {
    groupIds,
    includeAuthorizedOperations: true,
    includeTopologyDescription: version > 0,
  })
}

function listStates(script: Script, statesFilter: string[]): Promise<unknown> {
  return script.ask('admin', ListGroups, 5, { statesFilter, typesFilter: [] })
}

function listTypes(script: Script, typesFilter: string[], groupId: string): Promise<unknown> {
  return script.ask('admin', ListGroups, 5, { statesFilter: [], typesFilter }, ({ groups }) =>
    groups.filter((group) => group.groupId === groupId),
  )
}

function commits(script: Script, groupId: string, topicId: string) {
  return (memberId: string, epoch: number, partitionIndex: number, version = 9) =>
    script.ask('admin', OffsetCommit, version, {
      groupId,
      memberId,
      generationIdOrMemberEpoch: epoch,
      retentionTimeMs: -1,
      topics: [
        {
          name: 't',
          topicId,
          partitions: [{ partitionIndex, committedOffset: 5, committedMetadata: '' }],
        },
      ],
    })
}

/** Without the metadata of a member, and with a wrong one. */
async function commitTransactionally(
  script: Script,
  groupId: string,
  topicId: string,
): Promise<void> {
  for (const [memberId, generationId] of [
    ['c', 3],
    ['a', 9],
    ['b', 2],
  ] as const) {
    await script.ask('admin', TxnOffsetCommit, 3, {
      transactionalId: 'none',
      groupId,
      producerId: 1,
      producerEpoch: 0,
      generationIdOrMemberEpoch: generationId,
      memberId,
      topics: [
        {
          name: 't',
          topicId,
          partitions: [{ partitionIndex: 1, committedOffset: 5, committedMetadata: '' }],
        },
      ],
    })
  }
}
