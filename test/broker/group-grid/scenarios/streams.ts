import {
  DeleteGroups,
  StreamsGroupDescribe,
  StreamsGroupHeartbeat,
  StreamsGroupTopologyDescriptionUpdate,
} from '../../../../src/protocol/messages/index.ts'
import { commit, fetchOffsets, streaming, streams, topology } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

const beats = { api: 'StreamsGroupHeartbeat', versions: versions(0, 1) }
const none = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
const tasks = (...partitions: readonly number[]) => ({
  ...none,
  activeTasks: [{ subtopologyId: '0', partitions: [...partitions] }],
})
const changelog = (name: string, partitions = 0) => ({
  name,
  partitions,
  replicationFactor: 1,
  topicConfigs: [],
})

const scenarios: readonly Scenario[] = [
  {
    name: 'a lone member joins, heartbeats and leaves',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      await streams(scene, {}, version)
      scene.watch('g', 'streams', 'listed')
      await streams(scene, { memberEpoch: 2 }, version)
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1) }, version)
      await streams(scene, { memberEpoch: 2, ...tasks(0) }, version)
      await streams(scene, {}, version)
      await streams(
        scene,
        {
          memberEpoch: 2,
          rackId: 'rack',
          processId: 'other',
          rebalanceTimeoutMs: 30_000,
          clientTags: [{ key: 'zone', value: 'a' }],
        },
        version,
      )
      await streams(scene, { memberEpoch: 3, userEndpoint: { host: 'here', port: 80 } }, version)
      await streams(scene, { memberEpoch: 4 }, version)
      await streams(scene, { memberEpoch: -1 }, version)
      await streams(scene, { memberEpoch: -1 }, version)
    },
  },
  {
    name: 'requests with invalid fields',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const invalid = [
        { groupId: '' },
        { memberId: '' },
        { instanceId: '' },
        { rackId: '' },
        { rebalanceTimeoutMs: -1 },
        { topology: null },
        tasks(0),
        { standbyTasks: tasks(0).activeTasks },
        { warmupTasks: tasks(0).activeTasks },
        { activeTasks: null },
        { standbyTasks: null },
        { activeTasks: null, standbyTasks: null, warmupTasks: null },
        { memberEpoch: -2 },
        { memberEpoch: -3 },
        { memberEpoch: -2, instanceId: 'one' },
        { memberEpoch: 2, topology: topology() },
        { memberEpoch: 2 },
        { memberEpoch: -1 },
        { topology: topology([{ sourceTopicRegex: ['t.*'] }]) },
        { topology: topology([{ stateChangelogTopics: [changelog('log', 3)] }]) },
        { processId: null },
        { clientTags: null },
        { groupId: 'nothing', memberEpoch: 2, ...tasks(0) },
      ]
      for (const fields of invalid) await streams(scene, fields, version)
    },
  },
  {
    name: 'wrong members, epochs and tasks of a group with members',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      await streams(scene)
      await streams(scene, { memberId: 'b' })
      scene.watch('g', 'streams')
      const wrong = [
        { memberId: 'nobody', memberEpoch: 2 },
        { memberId: 'nobody', memberEpoch: -1 },
        { memberEpoch: 10 },
        { memberEpoch: 2 },
        { memberEpoch: 2, ...tasks(0, 1) },
        { memberEpoch: 2, ...tasks(5) },
        { memberEpoch: 2, ...none, activeTasks: [{ subtopologyId: 'x', partitions: [0] }] },
        { memberEpoch: 2, ...tasks(0) },
        { memberEpoch: 2, ...none },
        { memberEpoch: 3, ...tasks(0) },
        { memberId: 'b', memberEpoch: 3 },
        { memberId: 'b', memberEpoch: 2 },
        { memberEpoch: 3, instanceId: 'one' },
      ]
      for (const fields of wrong) await streams(scene, fields, version)
    },
  },
  {
    name: 'tasks move to a second member',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 4 })
      await streams(scene)
      scene.watch('g', 'streams')
      await streams(scene, { memberId: 'b', processId: 'second' }, version)
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1, 2, 3) }, version)
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1) }, version)
      await streams(scene, { memberId: 'b', memberEpoch: 3, ...none }, version)
      await streams(scene, { memberId: 'b', memberEpoch: 3, ...tasks(2, 3) }, version)
      await streams(scene, { memberEpoch: -1 }, version)
      await streams(scene, { memberId: 'b', memberEpoch: 3 }, version)
    },
  },
  ...(
    [
      [
        'repartition topics',
        [
          { repartitionSinkTopics: ['r'] },
          { sourceTopics: [], repartitionSourceTopics: [changelog('r')] },
        ],
      ],
      ['changelog topics', [{ stateChangelogTopics: [changelog('log')] }]],
    ] as const
  ).map(([kind, subtopologies]): Scenario => ({
    name: `${kind} are created, and missing source topics are reported`,
    ...beats,
    run: async (scene, version) => {
      await streams(scene, { topology: topology(subtopologies) }, version)
      scene.watch('g', 'streams')
      await scene.createTopic('t', { partitions: 3 })
      await scene.callUntil(
        StreamsGroupHeartbeat,
        version,
        streaming({ memberEpoch: 2 }),
        ({ errorCode, memberEpoch }) => errorCode !== 0 || memberEpoch > 2,
      )
    },
  })),
  {
    name: 'topologies that cannot be configured',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('u', { partitions: 3 })
      const copartitioned = {
        sourceTopics: ['t', 'u'],
        copartitionGroups: [
          { sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] },
        ],
      }
      await streams(scene, { topology: topology([copartitioned]) }, version)
      const dangling = { sourceTopics: [], repartitionSourceTopics: [changelog('r')] }
      await streams(scene, { groupId: 'h', topology: topology([dangling]) }, version)
      await streams(scene, { groupId: 'i', topology: topology([]) }, version)
      const missing = { sourceTopics: ['nothing', 't'] }
      await streams(scene, { groupId: 'j', topology: topology([missing]) }, version)
      scene.watch('g', 'streams')
      scene.watch('h', 'streams')
      scene.watch('i', 'streams')
      scene.watch('j', 'streams')
      await scene.observe()
    },
  },
  {
    name: 'topologies of two members',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t')
      await scene.createTopic('u')
      await streams(scene, { topology: topology([{}], 3) })
      scene.watch('g', 'streams')
      const other = [{ sourceTopics: ['u'] }]
      await streams(scene, { memberId: 'b', topology: topology(other, 3) }, version)
      await streams(scene, { memberId: 'c', topology: topology(other, 4) }, version)
      await streams(scene, { memberId: 'd', topology: topology([{}], 2) }, version)
      await streams(scene, { memberId: 'b', memberEpoch: -1 }, version)
      await streams(scene, { memberId: 'd', memberEpoch: -1 }, version)
      await streams(scene, { memberEpoch: -1 }, version)
      await streams(scene, { memberId: 'c', topology: topology(other, 4) }, version)
    },
  },
  {
    name: 'shutdown of the application',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      await streams(scene)
      await streams(scene, { memberId: 'b' })
      await streams(scene, { memberEpoch: 2, ...none, shutdownApplication: true }, version)
      await streams(scene, { memberId: 'b', memberEpoch: 3 }, version)
      await streams(scene, { memberEpoch: 3 }, version)
    },
  },
  {
    name: 'endpoints and task offsets',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      await streams(scene, { userEndpoint: { host: 'here', port: 80 } }, version)
      scene.watch('g', 'streams')
      const offset = { subtopologyId: '0', partition: 0, offset: 7 }
      await streams(
        scene,
        { memberEpoch: 2, ...tasks(0, 1), taskOffsets: [offset], taskEndOffsets: [offset] },
        version,
      )
      await streams(scene, { memberEpoch: 2, endpointInformationEpoch: -1 }, version)
      await streams(scene, { memberEpoch: 2, endpointInformationEpoch: 1 }, version)
      await streams(
        scene,
        { memberId: 'b', processId: 'p2', userEndpoint: { host: 'there', port: 81 } },
        version,
      )
      await streams(scene, { memberEpoch: 2, ...tasks(0) }, version)
      await streams(scene, { memberEpoch: 3, endpointInformationEpoch: 0 }, version)
    },
  },
  {
    name: 'standby tasks',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.setGroupConfigs('g', { 'streams.num.standby.replicas': '1' })
      const stateful = topology([{ stateChangelogTopics: [] }])
      await streams(scene, { topology: stateful })
      await streams(scene, { memberId: 'b', processId: 'second', topology: stateful })
      scene.watch('g', 'streams')
      await streams(scene, { memberEpoch: 2, ...tasks(0) })
      const invalid = [
        { 'streams.num.standby.replicas': '3' },
        { 'streams.session.timeout.ms': '6000' },
        { 'streams.heartbeat.interval.ms': '1' },
        { 'streams.initial.rebalance.delay.ms': '-1' },
        { 'streams.num.warmup.replicas': '99' },
      ]
      for (const configs of invalid) await scene.setGroupConfigs('g', configs)
    },
  },
  {
    name: 'static members and sessions that end',
    run: async (scene) => {
      await scene.createTopic('t')
      await scene.setGroupConfigs('g', {
        'streams.heartbeat.interval.ms': '1000',
        'streams.session.timeout.ms': '5000',
      })
      await streams(scene, { instanceId: 'one' })
      scene.watch('g', 'streams', 'listed')
      await streams(scene, { memberId: 'b', instanceId: 'one' })
      await streams(scene, { memberEpoch: -2, instanceId: 'one' })
      await streams(scene, { memberId: 'b', instanceId: 'one' })
      await streams(scene, { memberId: 'c', processId: 'third' })
      await scene.pass(7000)
      await streams(scene, { memberId: 'c', memberEpoch: 3 })
    },
  },
  {
    name: 'StreamsGroupDescribe',
    api: 'StreamsGroupDescribe',
    versions: versions(0, 1),
    run: async (scene, version) => {
      const describe = (groupIds: readonly string[], fields = {}) =>
        scene.call(StreamsGroupDescribe, version, {
          groupIds: [...groupIds],
          includeAuthorizedOperations: false,
          ...fields,
        })
      await describe(['g', ''])
      await describe([])
      await scene.createTopic('t')
      await streams(scene, { instanceId: 'one', rackId: 'rack' })
      await describe(['g', 'nothing'])
      await describe(['g'], { includeAuthorizedOperations: true })
      if (version === 1) await describe(['g'], { includeTopologyDescription: true })
    },
  },
  {
    name: 'StreamsGroupTopologyDescriptionUpdate without a plug-in',
    run: async (scene) => {
      await scene.createTopic('t')
      const update = (groupId: string, memberId: string, topologyEpoch: number) =>
        scene.call(StreamsGroupTopologyDescriptionUpdate, 0, {
          groupId,
          memberId,
          topologyEpoch,
          topologyDescription: { subtopologies: [], globalStores: [] },
        })
      await update('g', 'a', 0)
      await update('', '', -1)
      await streams(scene)
      await update('g', 'a', 0)
    },
  },
  {
    name: 'offsets and deletion of a streams group',
    run: async (scene) => {
      await scene.createTopic('t')
      await streams(scene)
      scene.watch('g', 'listed', 'offsets')
      await commit(scene, { t: { 0: 3 } }, { memberId: 'a', generation: 2 })
      await commit(scene, { t: { 0: 4 } }, { memberId: 'a', generation: 1 })
      await commit(scene, { t: { 0: 5 } }, { memberId: 'a', generation: 3 })
      await commit(scene, { t: { 0: 6 } }, { memberId: 'nobody', generation: 2 })
      await commit(scene, { t: { 0: 7 } })
      await fetchOffsets(scene, { t: [0] }, { memberId: 'a', memberEpoch: 3 })
      await fetchOffsets(scene, { t: [0] }, { memberId: 'nobody', memberEpoch: 2 })
      await scene.call(DeleteGroups, 3, { groupsNames: ['g'] })
      await streams(scene, { memberEpoch: -1 })
      await scene.call(DeleteGroups, 3, { groupsNames: ['g'] })
    },
  },
  {
    name: 'a streams group survives a restart',
    run: async (scene) => {
      await scene.createTopic('t')
      await streams(scene)
      await scene.broker('stop')
      await scene.broker('start')
      scene.watch('g', 'streams')
      await streams(scene, { memberEpoch: 2, ...tasks(0) })
      await streams(scene, { memberEpoch: 2, endpointInformationEpoch: -1 })
    },
  },
]

export const streamsGroups: Suite = { name: 'streams', setting: {}, isAlone: true, scenarios }
