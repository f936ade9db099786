import { streams, topology } from '../requests.ts'
import type { Scenario, Suite } from '../scenario.ts'

const none = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
const changelog = (
  name: string,
  partitions = 0,
  topicConfigs: { key: string; value: string }[] = [],
) => ({ name, partitions, replicationFactor: 1, topicConfigs })

const scenarios: readonly Scenario[] = [
  {
    name: 'internal topics that exist with other partitions',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('r', { partitions: 3 })
      await scene.createTopic('log', { partitions: 1 })
      await scene.createTopic('fixed', { partitions: 4 })
      const groups = {
        changelog: [{ stateChangelogTopics: [changelog('log')] }],
        'fixed-repartition': [
          { repartitionSinkTopics: ['fixed'] },
          { sourceTopics: [], repartitionSourceTopics: [changelog('fixed', 2)] },
        ],
        repartition: [
          { repartitionSinkTopics: ['r'] },
          { sourceTopics: [], repartitionSourceTopics: [changelog('r')] },
        ],
      }
      for (const [groupId, subtopologies] of Object.entries(groups)) {
        await streams(scene, { groupId, topology: topology(subtopologies) })
        await streams(scene, { groupId, memberEpoch: 2 })
        scene.watch(groupId, 'streams')
      }
      await scene.observe()
    },
  },
  {
    name: 'co-partitioned topics',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('u', { partitions: 2 })
      await scene.createTopic('v', { partitions: 4 })
      await scene.createTopic('four', { partitions: 3 })
      const group = (sourceTopics: number[], repartitionSourceTopics: number[]) => [
        { sourceTopics, sourceTopicRegex: [], repartitionSourceTopics },
      ]
      const groups: Record<string, Parameters<typeof topology>[0]> = {
        equal: [{ sourceTopics: ['t', 'u'], copartitionGroups: group([0, 1], []) }],
        different: [{ sourceTopics: ['t', 'v'], copartitionGroups: group([0, 1], []) }],
        free: [
          { sourceTopics: ['u'], repartitionSinkTopics: ['free'] },
          {
            sourceTopics: ['v'],
            repartitionSourceTopics: [changelog('free')],
            copartitionGroups: group([0], [0]),
          },
        ],
        'fixed-wrong': [
          { sourceTopics: ['u'], repartitionSinkTopics: ['fixed-wrong'] },
          {
            sourceTopics: ['v'],
            repartitionSourceTopics: [changelog('fixed-wrong', 3)],
            copartitionGroups: group([0], [0]),
          },
        ],
        'two-fixed': [
          { sourceTopics: ['u'], repartitionSinkTopics: ['one', 'two'] },
          {
            sourceTopics: [],
            repartitionSourceTopics: [changelog('one', 3), changelog('two', 5)],
            copartitionGroups: group([], [0, 1]),
          },
        ],
        'one-fixed': [
          { sourceTopics: ['u'], repartitionSinkTopics: ['three', 'four'] },
          {
            sourceTopics: [],
            repartitionSourceTopics: [changelog('three', 3), changelog('four')],
            copartitionGroups: group([], [0, 1]),
          },
        ],
        'bad-index': [{ sourceTopics: ['t'], copartitionGroups: group([5], []) }],
        'bad-repartition-index': [{ sourceTopics: ['t'], copartitionGroups: group([0], [3]) }],
        'negative-index': [{ sourceTopics: ['t'], copartitionGroups: group([-1], []) }],
      }
      for (const [groupId, subtopologies] of Object.entries(groups)) {
        await streams(scene, { groupId, topology: topology(subtopologies) })
        await scene.stage.pass(400)
        await streams(scene, { groupId, memberEpoch: 2 })
        scene.watch(groupId, 'streams')
      }
      await scene.observe()
    },
  },
  {
    name: 'internal topics that cannot be created',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      const bad = {
        unknown: changelog('bad-log', 0, [{ key: 'no.such.config', value: '1' }]),
        value: changelog('bad-value', 0, [{ key: 'retention.ms', value: 'x' }]),
        name: changelog('bad name'),
        replicas: { ...changelog('bad-replicas'), replicationFactor: 5 },
      }
      for (const [groupId, topic] of Object.entries(bad)) {
        const first = { topology: topology([{ stateChangelogTopics: [topic] }]) }
        await streams(scene, { groupId, ...first })
        await scene.stage.pass(500)
        await streams(scene, { groupId, memberEpoch: 2 })
        await streams(scene, { groupId, memberEpoch: 2 })
      }
    },
  },
  {
    name: 'values that occur twice',
    run: async (scene) => {
      await scene.createTopic('t')
      const twice = (groupId: string, fields: Parameters<typeof streams>[1]) =>
        streams(scene, { groupId, ...fields })
      const key = { key: 'retention.ms', value: '1' }
      const log = changelog('log')
      const once = { sourceTopics: ['t'], repartitionSinkTopics: ['r'] }
      const topologies: Record<string, Parameters<typeof topology>[0]> = {
        subtopology: [{}, { subtopologyId: '0' }],
        source: [{ sourceTopics: ['t', 't'] }],
        changelog: [{ stateChangelogTopics: [log, log] }],
        config: [{ stateChangelogTopics: [changelog('log', 0, [key, key])] }],
        sink: [
          { ...once, repartitionSinkTopics: ['r', 'r'] },
          { sourceTopics: [], repartitionSourceTopics: [changelog('r')] },
        ],
        repartition: [
          once,
          { sourceTopics: [], repartitionSourceTopics: [changelog('r'), changelog('r')] },
        ],
        readers: [
          { ...once, repartitionSinkTopics: ['r2'] },
          { sourceTopics: [], repartitionSourceTopics: [changelog('r2')] },
          { sourceTopics: [], repartitionSourceTopics: [changelog('r2')] },
        ],
        negative: [
          { ...once, repartitionSinkTopics: ['r3'] },
          { sourceTopics: [], repartitionSourceTopics: [changelog('r3', -1)] },
        ],
        loop: [
          {
            sourceTopics: [],
            repartitionSinkTopics: ['r'],
            repartitionSourceTopics: [changelog('s')],
          },
          {
            sourceTopics: [],
            repartitionSinkTopics: ['s'],
            repartitionSourceTopics: [changelog('r')],
          },
        ],
        shared: [
          { stateChangelogTopics: [changelog('log2')] },
          { stateChangelogTopics: [changelog('log2')] },
        ],
        'source-missing': [{ sourceTopics: ['nothing'], stateChangelogTopics: [log, log] }],
      }
      for (const [groupId, subtopologies] of Object.entries(topologies)) {
        await twice(groupId, { topology: topology(subtopologies) })
      }
      await twice('epoch', { topology: topology([{}], -1) })
      const tag = { key: 'a', value: '1' }
      await twice('tags', { clientTags: [tag, tag] })
      await streams(scene)
      await streams(scene, { memberEpoch: 2, clientTags: [tag, tag] })
      await streams(scene, { memberId: 'b', topology: topology([{}, { subtopologyId: '0' }]) })
      await streams(scene, { memberId: 'b', topology: topology([{}], -1) })
      const task = { subtopologyId: '0', partitions: [0] }
      await streams(scene, { memberEpoch: 2, ...none, activeTasks: [task, task] })
      await streams(scene, {
        memberEpoch: 2,
        ...none,
        activeTasks: [{ subtopologyId: '0', partitions: [0, 0] }],
      })
      await streams(scene, { memberEpoch: 2, ...none, standbyTasks: [task, task] })
      const offset = { subtopologyId: '0', partition: 0, offset: 7 }
      await streams(scene, { memberEpoch: 2, taskOffsets: [offset, offset] })
      await streams(scene, { memberEpoch: 2, taskOffsets: [{ ...offset, subtopologyId: 'x' }] })
      await streams(scene, { memberId: 'b', processId: 'second' })
      await streams(scene, { memberEpoch: 2, ...none, activeTasks: [task, task] })
    },
  },
  {
    name: 'names and values at their limits',
    run: async (scene) => {
      await scene.createTopic('t')
      const long = 'x'.repeat(300)
      await streams(scene, { groupId: 'long', topology: topology([{ sourceTopics: [long] }]) })
      await streams(scene, { groupId: 'empty', topology: topology([{ sourceTopics: [] }]) })
      await streams(scene, { groupId: 'twice', topology: topology([{ sourceTopics: ['t', 't'] }]) })
      await streams(scene, { groupId: 'same', topology: topology([{}, { subtopologyId: '0' }]) })
      await streams(scene, { groupId: 'shared', topology: topology([{}, {}]) })
      await streams(scene, {
        groupId: 'internal',
        topology: topology([{ sourceTopics: ['__consumer_offsets'] }]),
      })
      await streams(scene, {
        groupId: 'sink',
        topology: topology([{ repartitionSinkTopics: ['nowhere'] }]),
      })
      await streams(scene, { groupId: 'epoch', topology: topology([{}], -1) })
      await streams(scene, {
        groupId: 'tags',
        clientTags: [
          { key: 'a', value: '1' },
          { key: 'a', value: '2' },
        ],
      })
      await streams(scene, { groupId: 'host', userEndpoint: { host: '', port: 70_000 % 65_536 } })
      await streams(scene, { groupId: 'process', processId: '' })
      await streams(scene, { groupId: 'member', memberId: 'm'.repeat(40) })
    },
  },
]

export const streamsTopologies: Suite = {
  name: 'streams-topologies',
  setting: {},
  isAlone: true,
  scenarios,
}
