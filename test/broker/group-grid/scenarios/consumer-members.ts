import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  DeleteGroups,
  OffsetDelete,
} from '../../../../src/protocol/messages/index.ts'
import { commit, consumer, consuming, fetchOffsets, owned } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

const one = { instanceId: 'one' }

const scenarios: readonly Scenario[] = [
  {
    name: 'static members leave, return and are fenced',
    api: 'ConsumerGroupHeartbeat',
    versions: versions(0, 1),
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      await consumer(scene, one)
      scene.watch('g', 'consumer')
      await consumer(scene, { ...one, memberId: 'b' }, 1)
      await consumer(scene, { ...one, memberEpoch: 2 }, version)
      await consumer(scene, { ...one, memberEpoch: -2 }, version)
      await consumer(scene, { ...one, memberEpoch: 2 }, version)
      await consumer(scene, { ...one, memberId: 'b' }, 1)
      await consumer(scene, { ...one, memberEpoch: 2 }, version)
      await consumer(scene, { ...one, memberEpoch: -1 }, version)
      await consumer(scene, { ...one, memberEpoch: -2 }, version)
      await consumer(scene, { ...one, memberId: 'b', memberEpoch: 2 }, version)
      await consumer(scene, { instanceId: 'two', memberId: 'b', memberEpoch: 2 }, version)
      await consumer(scene, { instanceId: 'two', memberId: 'nobody', memberEpoch: 2 }, version)
      await consumer(scene, { ...one, memberId: 'b', memberEpoch: -2 }, version)
      await consumer(scene, { ...one, memberId: 'c', subscribedTopicNames: ['u'] }, 1)
      await consumer(scene, { ...one, memberId: 'c', memberEpoch: -1 }, version)
    },
  },
  {
    name: 'a static member that is away keeps its partitions until its session ends',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.setGroupConfigs('g', {
        'consumer.heartbeat.interval.ms': '1000',
        'consumer.session.timeout.ms': '6000',
      })
      await consumer(scene, one)
      await consumer(scene, { ...one, memberEpoch: -2 })
      scene.watch('g', 'consumer')
      await consumer(scene, { memberId: 'b' })
      await scene.pass(3000)
      await consumer(scene, { memberId: 'b', memberEpoch: 3, topicPartitions: [] })
      await scene.pass(4500)
      await consumer(scene, {
        memberId: 'b',
        memberEpoch: 3,
        topicPartitions: owned(scene, 't', 1),
      })
    },
  },
  {
    name: 'a member whose session ends is removed',
    run: async (scene) => {
      await scene.createTopic('t')
      await scene.setGroupConfigs('g', {
        'consumer.heartbeat.interval.ms': '1000',
        'consumer.session.timeout.ms': '5000',
      })
      await consumer(scene)
      scene.watch('g', 'consumer', 'listed')
      await scene.pass(3000)
      await consumer(scene, { memberEpoch: 2 })
      await scene.pass(3000)
      await consumer(scene, { memberEpoch: 2 })
      await scene.pass(7000)
      await consumer(scene, { memberEpoch: 2 })
      await consumer(scene)
    },
  },
  {
    name: 'a member that does not revoke within the rebalance timeout is removed',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await consumer(scene, { rebalanceTimeoutMs: 2000 })
      await consumer(scene, { memberId: 'b' })
      await consumer(scene, { memberEpoch: 2, topicPartitions: owned(scene, 't', 0, 1) })
      scene.watch('g', 'consumer')
      await scene.pass(4000)
      await consumer(scene, { memberEpoch: 2 })
      await consumer(scene, { memberId: 'b', memberEpoch: 3 })
      await consumer(scene, { memberId: 'b', memberEpoch: 4 })
    },
  },
  {
    name: 'group configs',
    run: async (scene) => {
      await scene.createTopic('t')
      await consumer(scene)
      await scene.setGroupConfigs('g', {
        'consumer.heartbeat.interval.ms': '7000',
        'consumer.session.timeout.ms': '50000',
      })
      await scene.callUntil(
        ConsumerGroupHeartbeat,
        1,
        consuming({ memberEpoch: 2 }),
        ({ heartbeatIntervalMs }) => heartbeatIntervalMs === 7000,
      )
      const invalid = [
        { 'consumer.session.timeout.ms': '999' },
        { 'consumer.session.timeout.ms': '60001' },
        { 'consumer.heartbeat.interval.ms': '499' },
        { 'consumer.heartbeat.interval.ms': '50001' },
        { 'consumer.session.timeout.ms': '6000' },
        { 'consumer.session.timeout.ms': 'x' },
        { nonsense: '1' },
      ]
      for (const configs of invalid) await scene.setGroupConfigs('g', configs)
      await scene.setGroupConfigs('', { 'consumer.session.timeout.ms': '50000' })
    },
  },
  {
    name: 'ConsumerGroupDescribe',
    api: 'ConsumerGroupDescribe',
    versions: versions(0, 1),
    run: async (scene, version) => {
      const describe = (groupIds: readonly string[], includeAuthorizedOperations = false) =>
        scene.call(ConsumerGroupDescribe, version, {
          groupIds: [...groupIds],
          includeAuthorizedOperations,
        })
      await describe(['g'])
      await describe([''])
      await describe([])
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('u')
      await commit(scene, { t: { 0: 1 } }, { groupId: 'simple' })
      await consumer(scene, { subscribedTopicNames: ['t', 'u'], rackId: 'rack', instanceId: 'one' })
      await describe(['g', 'simple', 'nothing', ''])
      await describe(['g', 'g'], true)
      await describe(['nothing'], true)
      await consumer(scene, { memberId: 'b', subscribedTopicNames: ['u', 'nothing'] })
      await describe(['g'])
      await consumer(scene, { memberEpoch: -1, instanceId: 'one' })
      await consumer(scene, { memberId: 'b', memberEpoch: -1 })
      await describe(['g'])
    },
  },
  {
    name: 'offsets and deletion of a consumer group',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('u')
      await consumer(scene)
      scene.watch('g', 'offsets', 'listed')
      await commit(scene, { t: { 0: 3 }, u: { 0: 4 } }, { memberId: 'a', generation: 2 })
      const remove = (name: string) =>
        scene.call(OffsetDelete, 0, {
          groupId: 'g',
          topics: [{ name, partitions: [{ partitionIndex: 0 }] }],
        })
      await remove('t')
      await remove('u')
      await scene.call(DeleteGroups, 3, { groupsNames: ['g'] })
      await consumer(scene, { memberEpoch: -1 })
      await remove('t')
      await commit(scene, { t: { 1: 5 } })
      await fetchOffsets(scene, { t: [0, 1] }, { memberId: 'a', memberEpoch: 2 })
      await scene.call(DeleteGroups, 3, { groupsNames: ['g'] })
      await scene.call(ConsumerGroupDescribe, 1, {
        groupIds: ['g'],
        includeAuthorizedOperations: false,
      })
    },
  },
  {
    name: 'regular expressions (RE2)',
    run: async (scene) => {
      await scene.createTopic('abc')
      await scene.createTopic('abd')
      await scene.createTopic('xyz')
      const pattern = { subscribedTopicNames: null, subscribedTopicRegex: 'ab.' }
      const joined = await consumer(scene, pattern)
      const assigned = await scene.callUntil(
        ConsumerGroupHeartbeat,
        1,
        consuming({ memberEpoch: joined.memberEpoch, topicPartitions: [] }),
        ({ assignment }) => assignment?.topicPartitions.length === 2,
      )
      scene.watch('g', 'consumer')
      const { memberEpoch } = assigned
      await consumer(scene, { memberEpoch, subscribedTopicRegex: '(' })
      await consumer(scene, { memberId: 'b', ...pattern, subscribedTopicRegex: '[' })
      await consumer(scene, { memberId: 'b', ...pattern, subscribedTopicRegex: 'a(?=b)' })
      await consumer(scene, { memberId: 'b', ...pattern, subscribedTopicRegex: '' })
    },
  },
]

export const consumerMembers: Suite = { name: 'consumer-members', setting: {}, scenarios }
