import {
  JoinGroup,
  OffsetDelete,
  StreamsGroupHeartbeat,
} from '../../../../src/protocol/messages/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { commit, joining, streaming, streams, topology } from '../requests.ts'
import type { Scenario, Suite } from '../scenario.ts'

const none = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
const tasks = (...partitions: readonly number[]) => ({
  ...none,
  activeTasks: [{ subtopologyId: '0', partitions: [...partitions] }],
})
const changelog = (name: string) => ({
  name,
  partitions: 0,
  replicationFactor: 1,
  topicConfigs: [],
})

/** Heartbeats until the member has an epoch of its group that is greater than this one. */
const until = (scene: GroupScene, epoch: number, fields = {}) =>
  scene.callUntil(
    StreamsGroupHeartbeat,
    1,
    streaming({ memberEpoch: epoch, ...fields }),
    ({ errorCode, memberEpoch }) => errorCode !== 0 || memberEpoch > epoch,
  )

const scenarios: readonly Scenario[] = [
  {
    name: 'a source topic is deleted and created again',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await streams(scene)
      scene.watch('g', 'streams')
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1) })
      await scene.deleteTopic('t')
      await streams(scene, { memberEpoch: 2 })
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1) })
      await streams(scene, { memberEpoch: 2, ...none })
      await streams(scene, { memberEpoch: 3, ...none })
      await scene.createTopic('t', { partitions: 3 })
      await streams(scene, { memberEpoch: 3 })
      await streams(scene, { memberEpoch: 4, ...tasks(0, 1, 2) })
    },
  },
  {
    name: 'partitions are added to the source topic of a subtopology with a changelog',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 1 })
      await streams(scene, { topology: topology([{ stateChangelogTopics: [changelog('log')] }]) })
      scene.watch('g', 'streams')
      await until(scene, 2)
      await scene.addPartitions('t', 3)
      await streams(scene, { memberEpoch: 3 })
      await streams(scene, { memberEpoch: 3 })
      await streams(scene, { memberEpoch: 4 })
      await scene.addPartitions('log', 3)
      await streams(scene, { memberEpoch: 4 })
      await streams(scene, { memberEpoch: 5 })
    },
  },
  {
    name: 'partitions are added to the source topic of a stateless subtopology',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 1 })
      await streams(scene)
      await streams(scene, { memberId: 'b', processId: 'second' })
      scene.watch('g', 'streams')
      await streams(scene, { memberEpoch: 2, ...tasks(0) })
      await scene.addPartitions('t', 4)
      await streams(scene, { memberId: 'b', memberEpoch: 3 })
      await streams(scene, { memberEpoch: 3 })
      await streams(scene, { memberId: 'b', memberEpoch: 4 })
    },
  },
  {
    name: 'a rebalance timeout ends',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await streams(scene, { rebalanceTimeoutMs: 3000 })
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1) })
      await streams(scene, { memberId: 'b', processId: 'second' })
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1) })
      scene.watch('g', 'streams')
      await streams(scene, { memberId: 'b', memberEpoch: 3 })
      await scene.pass(2000)
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1) })
      await scene.pass(2000)
      await streams(scene, { memberEpoch: 2, ...tasks(0, 1) })
      await streams(scene, { memberId: 'b', memberEpoch: 3 })
      await streams(scene, { memberId: 'b', memberEpoch: 4 })
    },
  },
  {
    name: 'the initial rebalance is delayed',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 4 })
      await scene.setGroupConfigs('g', { 'streams.initial.rebalance.delay.ms': '3000' })
      await streams(scene)
      scene.watch('g', 'streams', 'listed')
      await streams(scene, { memberId: 'b', processId: 'second' })
      await streams(scene, { memberEpoch: 1 })
      await scene.pass(4000)
      await streams(scene, { memberId: 'b', memberEpoch: 1 })
      await streams(scene, { memberEpoch: 1 })
      await streams(scene, { memberEpoch: 3 })
      await streams(scene, { memberId: 'b', memberEpoch: 3 })
    },
  },
  {
    name: 'standby tasks by process and rack',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('log', { partitions: 2 })
      const stateful = { topology: topology([{ stateChangelogTopics: [changelog('log')] }]) }
      await scene.setGroupConfigs('g', {
        'streams.num.standby.replicas': '2',
        'streams.rack.aware.assignment.tags': 'zone',
      })
      const zone = (value: string) => ({ clientTags: [{ key: 'zone', value }] })
      await streams(scene, { ...stateful, ...zone('x') })
      scene.watch('g', 'streams')
      await streams(scene, { memberId: 'b', processId: 'second', ...stateful, ...zone('x') })
      await streams(scene, { memberId: 'c', processId: 'third', ...stateful, ...zone('y') })
      await streams(scene, { memberId: 'd', processId: 'third', ...stateful, ...zone('y') })
      await streams(scene, { memberEpoch: 2, ...none })
      await streams(scene, { memberId: 'b', memberEpoch: 3, ...none })
      await streams(scene, { memberId: 'c', memberEpoch: 4, ...none })
      await streams(scene, { memberId: 'd', memberEpoch: 5, ...none })
      await streams(scene, { memberEpoch: 5, ...none })
      await scene.setGroupConfigs('g', { 'streams.num.standby.replicas': '0' })
      await streams(scene, { memberEpoch: 5 })
      await streams(scene, { memberEpoch: 6 })
    },
  },
  {
    name: 'members with an instance id leave, return and are fenced',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      const one = { instanceId: 'one' }
      await streams(scene, one)
      scene.watch('g', 'streams')
      await streams(scene, { memberEpoch: 2, ...one, ...tasks(0, 1) })
      await streams(scene, { memberEpoch: 2, instanceId: 'two' })
      await streams(scene, { memberId: 'b', memberEpoch: 2, ...one })
      await streams(scene, { memberId: 'b', ...one })
      await streams(scene, { memberEpoch: -2, ...one })
      await streams(scene, { memberEpoch: -2, ...one })
      await streams(scene, { memberEpoch: 2, ...one })
      await streams(scene, { memberId: 'c', processId: 'third' })
      await streams(scene, { memberId: 'b', processId: 'new', ...one })
      await streams(scene, { memberEpoch: 2, ...one })
      await streams(scene, { memberId: 'b', memberEpoch: -1, ...one })
      await streams(scene, { memberId: 'c', memberEpoch: -2 })
    },
  },
  {
    name: 'a streams group takes over a classic group without members',
    run: async (scene) => {
      await scene.createTopic('t')
      await commit(scene, { t: { 0: 3 } })
      await streams(scene)
      scene.watch('g', 'listed', 'offsets')
      await scene.call(OffsetDelete, 0, {
        groupId: 'g',
        topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
      })
      await streams(scene, { memberEpoch: -1 })
      await scene.call(OffsetDelete, 0, {
        groupId: 'g',
        topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
      })
      const { memberId } = (await scene.send(JoinGroup, 7, joining()))!
      await scene.pass(500)
      await scene.call(JoinGroup, 7, joining({ memberId }))
      await streams(scene)
    },
  },
  {
    name: 'members shut down while others join',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await streams(scene)
      await streams(scene, { memberEpoch: 2, shutdownApplication: true })
      await streams(scene, { memberId: 'b' })
      await streams(scene, { memberEpoch: -1 })
      await streams(scene, { memberId: 'b', memberEpoch: 3 })
      await streams(scene, { memberId: 'b', memberEpoch: -1, shutdownApplication: true })
      await streams(scene, { memberId: 'c' })
    },
  },
]

export const streamsChanges: Suite = {
  name: 'streams-changes',
  setting: {},
  isAlone: true,
  scenarios,
}
