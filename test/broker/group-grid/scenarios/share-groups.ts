import {
  AlterShareGroupOffsets,
  DeleteGroups,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  ShareGroupDescribe,
} from '../../../../src/protocol/messages/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { produce, share, shareUntilAssigned, sharing } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

type Topics = Readonly<Record<string, readonly number[]>>

function describeOffsets(
  scene: GroupScene,
  version: number,
  ...groups: readonly (readonly [string, Topics | null])[]
) {
  return scene.call(DescribeShareGroupOffsets, version, {
    groups: groups.map(([groupId, topics]) => ({
      groupId,
      topics:
        topics === null
          ? null
          : Object.entries(topics).map(([topicName, partitions]) => ({
              topicName,
              partitions: [...partitions],
            })),
    })),
  })
}

function alterOffsets(
  scene: GroupScene,
  offsets: Readonly<Record<string, Readonly<Record<number, number>>>>,
  groupId = 'g',
) {
  return scene.call(AlterShareGroupOffsets, 0, {
    groupId,
    topics: Object.entries(offsets).map(([topicName, partitions]) => ({
      topicName,
      partitions: Object.entries(partitions).map(([partition, startOffset]) => ({
        partitionIndex: Number(partition),
        startOffset,
      })),
    })),
  })
}

function deleteOffsets(scene: GroupScene, topics: readonly string[], groupId = 'g') {
  return scene.call(DeleteShareGroupOffsets, 0, {
    groupId,
    topics: topics.map((topicName) => ({ topicName })),
  })
}

/** A group with a member that has left, so that it is empty, with state of topic `t`. */
async function emptyGroup(scene: GroupScene): Promise<void> {
  await shareUntilAssigned(scene)
  await share(scene, { memberEpoch: -1 })
}

const scenarios: readonly Scenario[] = [
  {
    name: 'members join, heartbeat and leave',
    run: async (scene) => {
      await scene.createTopic('t')
      const { memberEpoch } = await shareUntilAssigned(scene)
      scene.watch('g', 'share', 'listed')
      await share(scene, { memberEpoch })
      await share(scene, { memberEpoch: memberEpoch - 1 })
      await share(scene, { memberEpoch: memberEpoch + 1 })
      await share(scene, { memberId: 'b', rackId: 'rack' })
      await share(scene, { memberEpoch })
      await share(scene, { memberEpoch: -1 })
      await share(scene, { memberEpoch: -1 })
      await share(scene, { memberId: 'b', memberEpoch: -1 })
    },
  },
  {
    name: 'requests with invalid fields',
    run: async (scene) => {
      await scene.createTopic('t')
      const invalid = [
        { groupId: '' },
        { memberId: '' },
        { memberId: 'm'.repeat(40) },
        { rackId: '' },
        { subscribedTopicNames: null },
        { memberEpoch: -2 },
        { memberEpoch: 1 },
        { memberEpoch: -1 },
        { groupId: 'nothing', memberEpoch: 1 },
      ]
      for (const fields of invalid) await share(scene, fields)
      await scene.call(ShareGroupDescribe, 1, {
        groupIds: ['g', ''],
        includeAuthorizedOperations: false,
      })
    },
  },
  {
    name: 'a member changes its subscription',
    run: async (scene) => {
      await scene.createTopic('t')
      await scene.createTopic('u')
      const { memberEpoch } = await shareUntilAssigned(scene)
      scene.watch('g', 'share')
      await share(scene, { memberEpoch, subscribedTopicNames: ['nothing'] })
      await share(scene, { memberEpoch: memberEpoch + 1, subscribedTopicNames: [] })
      await share(scene, { memberEpoch: memberEpoch + 1 })
    },
  },
  {
    name: 'a member whose session ends is removed',
    run: async (scene) => {
      await scene.createTopic('t')
      await scene.setGroupConfigs('g', {
        'share.heartbeat.interval.ms': '1000',
        'share.session.timeout.ms': '5000',
      })
      const { memberEpoch } = await shareUntilAssigned(scene)
      scene.watch('g', 'share', 'listed')
      await scene.pass(7000)
      await share(scene, { memberEpoch })
    },
  },
  {
    name: 'ShareGroupDescribe',
    run: async (scene) => {
      const describe = (groupIds: readonly string[], includeAuthorizedOperations = false) =>
        scene.call(ShareGroupDescribe, 1, { groupIds: [...groupIds], includeAuthorizedOperations })
      await describe(['g', ''])
      await describe([])
      await scene.createTopic('t')
      await shareUntilAssigned(scene)
      await describe(['g', 'nothing'])
      await describe(['g'], true)
    },
  },
  {
    name: 'DescribeShareGroupOffsets',
    api: 'DescribeShareGroupOffsets',
    versions: versions(0, 1),
    run: async (scene, version) => {
      await scene.createTopic('t')
      await scene.createTopic('u')
      await produce(scene, 't', ['a', 'b', 'c'])
      await describeOffsets(scene, version, ['g', null], ['', null])
      await describeOffsets(scene, version)
      await shareUntilAssigned(scene)
      await describeOffsets(scene, version, ['g', null])
      await describeOffsets(scene, version, ['g', { t: [0], u: [0], nothing: [0] }])
      await describeOffsets(scene, version, ['g', {}], ['g', { t: [] }], ['nothing', { t: [0] }])
    },
  },
  {
    name: 'AlterShareGroupOffsets',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 1 })
      await scene.createTopic('u')
      await produce(scene, 't', ['a', 'b', 'c'])
      await alterOffsets(scene, { t: { 0: 1 } })
      await alterOffsets(scene, { t: { 0: 1 } }, '')
      const { memberEpoch } = await shareUntilAssigned(scene)
      await alterOffsets(scene, { t: { 0: 1 } })
      await share(scene, { memberEpoch: -1 })
      await alterOffsets(scene, { t: { 0: 1, 7: 1 }, nothing: { 0: 1 } })
      await describeOffsets(scene, 1, ['g', null])
      await alterOffsets(scene, { u: { 0: 0 } })
      await alterOffsets(scene, { t: { 0: 99 } })
      await describeOffsets(scene, 1, ['g', null])
      await alterOffsets(scene, {})
      await alterOffsets(scene, { t: {} })
      await share(scene, { memberEpoch })
    },
  },
  {
    name: 'DeleteShareGroupOffsets',
    run: async (scene) => {
      await scene.createTopic('t')
      await scene.createTopic('u')
      await deleteOffsets(scene, ['t'])
      await deleteOffsets(scene, ['t'], '')
      await shareUntilAssigned(scene)
      await deleteOffsets(scene, ['t'])
      await share(scene, { memberEpoch: -1 })
      await deleteOffsets(scene, ['nothing', 'u'])
      await deleteOffsets(scene, ['t'])
      await describeOffsets(scene, 1, ['g', null])
      await deleteOffsets(scene, ['t'])
      await deleteOffsets(scene, [])
    },
  },
  {
    name: 'an empty share group is deleted with its state',
    run: async (scene) => {
      await scene.createTopic('t')
      await shareUntilAssigned(scene)
      scene.watch('g', 'listed')
      await scene.call(DeleteGroups, 3, { groupsNames: ['g'] })
      await share(scene, { memberEpoch: -1 })
      await scene.call(DeleteGroups, 3, { groupsNames: ['g', 'nothing'] })
      await describeOffsets(scene, 1, ['g', null], ['g', { t: [0] }])
      await scene.call(DeleteGroups, 3, { groupsNames: ['g'] })
    },
  },
  {
    name: 'group configs',
    run: async (scene) => {
      await emptyGroupConfigs(scene)
    },
  },
  {
    name: 'a share group survives a restart',
    run: async (scene) => {
      await scene.createTopic('t')
      await emptyGroup(scene)
      const { memberEpoch } = await share(scene, { memberId: 'b' })
      await scene.broker('stop')
      await scene.broker('start')
      scene.watch('g', 'share')
      await share(scene, sharing({ memberId: 'b', memberEpoch }))
      await describeOffsets(scene, 1, ['g', null])
    },
  },
]

async function emptyGroupConfigs(scene: GroupScene): Promise<void> {
  const configs = [
    { 'share.auto.offset.reset': 'earliest' },
    { 'share.auto.offset.reset': 'by_duration:PT1H' },
    { 'share.auto.offset.reset': 'nonsense' },
    { 'share.record.lock.duration.ms': '15000' },
    { 'share.record.lock.duration.ms': '999' },
    { 'share.isolation.level': 'read_committed' },
    { 'share.isolation.level': 'nonsense' },
    { 'share.delivery.count.limit': '3' },
    { 'share.delivery.count.limit': '0' },
    { 'share.partition.max.record.locks': '200' },
    { 'share.partition.max.record.locks': '1' },
    { 'share.renew.acknowledge.enable': 'true' },
    { 'share.heartbeat.interval.ms': '6000' },
    { 'share.heartbeat.interval.ms': '1' },
  ]
  for (const one of configs) await scene.setGroupConfigs('g', one)
  await scene.createTopic('t')
  await share(scene)
}

export const shareGroups: Suite = { name: 'share-groups', setting: {}, isAlone: true, scenarios }
