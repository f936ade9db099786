import {
  ConsumerGroupHeartbeat,
  CreatePartitions,
  DeleteTopics,
} from '../../../../src/protocol/messages/index.ts'
import { consumer, consuming, owned } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

const beats = { api: 'ConsumerGroupHeartbeat', versions: versions(0, 1) }

const scenarios: readonly Scenario[] = [
  {
    name: 'a lone member joins, heartbeats and leaves',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 3 })
      const memberId = version === 0 ? (await consumer(scene, { memberId: '' }, 0)).memberId! : 'a'
      if (version === 1) await consumer(scene)
      scene.watch('g', 'consumer', 'listed')
      const beat = (fields: Parameters<typeof consuming>[0]) =>
        consumer(scene, { memberId, ...fields }, version)
      await beat({ memberEpoch: 2 })
      await beat({ memberEpoch: 2, topicPartitions: owned(scene, 't', 0, 1, 2) })
      await beat({ memberEpoch: 2, topicPartitions: owned(scene, 't', 0) })
      await beat({ memberEpoch: 2, topicPartitions: [] })
      await beat({ memberEpoch: 0 })
      await beat({ memberEpoch: 2, rebalanceTimeoutMs: 30_000, rackId: 'rack' })
      await beat({ memberEpoch: -1 })
      await beat({ memberEpoch: -1 })
    },
  },
  {
    name: 'requests with invalid fields',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const invalid = [
        { groupId: '' },
        { memberId: '', memberEpoch: 2 },
        { memberId: '', memberEpoch: -1 },
        { instanceId: '' },
        { rackId: '' },
        { rebalanceTimeoutMs: -1 },
        { topicPartitions: null },
        { topicPartitions: owned(scene, 't', 0) },
        { subscribedTopicNames: null },
        { memberEpoch: -2 },
        { memberEpoch: -3 },
        { memberEpoch: -2, instanceId: 'one' },
        { serverAssignor: 'nonsense' },
        { serverAssignor: '' },
        { serverAssignor: 'range', groupId: '' },
        { memberEpoch: 2 },
        { memberEpoch: -1 },
        { memberEpoch: 6, subscribedTopicNames: ['t'] },
      ]
      for (const fields of invalid) await consumer(scene, fields, version)
      if (version === 1) await consumer(scene, { memberId: '' }, version)
    },
  },
  {
    name: 'wrong members and epochs of a group with members',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      await consumer(scene)
      await consumer(scene, { memberId: 'b' })
      await consumer(scene, { memberEpoch: 2, topicPartitions: owned(scene, 't', 0, 1) })
      scene.watch('g', 'consumer')
      const wrong = [
        { memberId: 'nobody', memberEpoch: 2 },
        { memberId: 'nobody', memberEpoch: -1 },
        { memberEpoch: 10 },
        { memberEpoch: 2 },
        { memberEpoch: 2, topicPartitions: owned(scene, 't', 0, 1) },
        { memberEpoch: 2, topicPartitions: owned(scene, 't', 0) },
        { memberEpoch: 2, topicPartitions: [] },
        { memberEpoch: 3, topicPartitions: owned(scene, 't', 0) },
        { memberEpoch: 2, topicPartitions: [] },
        { memberId: 'b', memberEpoch: 2 },
        { memberId: 'b', memberEpoch: 3 },
        { memberId: 'nobody', memberEpoch: -2, instanceId: 'one' },
        { memberEpoch: 3, instanceId: 'one' },
      ]
      for (const fields of wrong) await consumer(scene, fields, version)
    },
  },
  {
    name: 'partitions move from one member to another',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 4 })
      await consumer(scene)
      scene.watch('g', 'consumer')
      await consumer(scene, { memberId: 'b' })
      await consumer(scene, { memberId: 'b', memberEpoch: 3, topicPartitions: [] }, version)
      await consumer(
        scene,
        { memberEpoch: 2, topicPartitions: owned(scene, 't', 0, 1, 2, 3) },
        version,
      )
      await consumer(scene, { memberId: 'b', memberEpoch: 3, topicPartitions: [] }, version)
      for (const half of [
        [0, 1],
        [2, 3],
      ]) {
        await consumer(
          scene,
          { memberEpoch: 2, topicPartitions: owned(scene, 't', ...half) },
          version,
        )
      }
      await consumer(scene, { memberId: 'b', memberEpoch: 3, topicPartitions: [] }, version)
      await consumer(
        scene,
        { memberId: 'b', memberEpoch: 3, topicPartitions: owned(scene, 't', 2, 3) },
        version,
      )
      await consumer(scene, { memberEpoch: -1 }, version)
      await consumer(scene, { memberId: 'b', memberEpoch: 3 }, version)
      await consumer(scene, { memberId: 'b', memberEpoch: 4 }, version)
    },
  },
  {
    name: 'a member changes its subscription',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t')
      await scene.createTopic('u', { partitions: 2 })
      await consumer(scene)
      scene.watch('g', 'consumer')
      await consumer(scene, { memberEpoch: 2, subscribedTopicNames: ['t', 'u'] }, version)
      await consumer(scene, { memberEpoch: 3, subscribedTopicNames: ['u'] }, version)
      await consumer(scene, { memberEpoch: 3, topicPartitions: owned(scene, 'u', 0, 1) }, version)
      await consumer(scene, { memberEpoch: 4, topicPartitions: owned(scene, 'u', 0, 1) }, version)
      await consumer(scene, { memberEpoch: 4, subscribedTopicNames: ['nothing'] }, version)
      await consumer(scene, { memberEpoch: 4, topicPartitions: [] }, version)
      await consumer(scene, { memberEpoch: 5, subscribedTopicNames: [] }, version)
      await consumer(scene, { memberEpoch: 5, subscribedTopicNames: ['u', 'u'] }, version)
    },
  },
  {
    name: 'assignors of members',
    ...beats,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 3 })
      await consumer(scene, { serverAssignor: 'range' })
      scene.watch('g', 'consumer')
      await consumer(scene, { memberId: 'b', serverAssignor: 'uniform' }, 1)
      await consumer(scene, { memberId: 'c', serverAssignor: 'uniform' }, 1)
      await consumer(scene, { memberId: 'd' }, 1)
      await consumer(scene, { memberId: 'b', memberEpoch: 5, serverAssignor: 'range' }, version)
      await consumer(scene, { memberId: 'b', memberEpoch: -1 }, version)
    },
  },
  {
    name: 'topics appear, grow and disappear',
    ...beats,
    run: async (scene, version) => {
      await consumer(scene)
      await scene.createTopic('t')
      scene.watch('g', 'consumer')
      const isChanged = ({ memberEpoch }: { memberEpoch: number }) => memberEpoch !== 2
      await scene.callUntil(
        ConsumerGroupHeartbeat,
        version,
        consuming({ memberEpoch: 2, topicPartitions: [] }),
        isChanged,
      )
      await scene.send(CreatePartitions, 3, {
        topics: [{ name: 't', count: 3, assignments: null }],
        timeoutMs: 30_000,
        validateOnly: false,
      })
      await scene.partitionsAreReady('t', 3)
      await scene.coordinatorSees('t', 3)
      await scene.callUntil(
        ConsumerGroupHeartbeat,
        version,
        consuming({ memberEpoch: 3, topicPartitions: owned(scene, 't', 0) }),
        ({ memberEpoch }) => memberEpoch !== 3,
      )
      await scene.send(DeleteTopics, 5, { topics: [], topicNames: ['t'], timeoutMs: 30_000 })
      await scene.isDeleted('t')
      // The coordinator sees the changes of topics in their order.
      await scene.createTopic('v')
      await scene.callUntil(
        ConsumerGroupHeartbeat,
        version,
        consuming({ memberEpoch: 4, topicPartitions: owned(scene, 't', 0, 1, 2) }),
        ({ assignment }) => assignment?.topicPartitions.length === 0,
      )
      await consumer(scene, { memberEpoch: 4, topicPartitions: [] }, version)
    },
  },
]

export const consumerHeartbeat: Suite = { name: 'consumer-heartbeat', setting: {}, scenarios }
