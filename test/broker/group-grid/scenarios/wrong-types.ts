import {
  AlterShareGroupOffsets,
  ConsumerGroupDescribe,
  DeleteShareGroupOffsets,
  DescribeGroups,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  OffsetDelete,
  ShareGroupDescribe,
  StreamsGroupDescribe,
  SyncGroup,
} from '../../../../src/protocol/messages/index.ts'
import type { GroupScene } from '../group-scene.ts'
import {
  classicMember,
  commit,
  consumer,
  fetchOffsets,
  joining,
  share,
  streams,
  syncing,
} from '../requests.ts'
import { describeOffsets, isInitialized } from '../share-delivery.ts'
import type { Scenario, Suite } from '../scenario.ts'

type Kind = 'classic' | 'consumer' | 'share' | 'streams' | 'simple'

/** Makes a group of the kind, or only offsets for `simple`. */
async function make(scene: GroupScene, kind: Kind): Promise<void> {
  switch (kind) {
    case 'classic':
      await classicMember(scene, { protocolType: 'connect' })
      return
    case 'consumer':
      await consumer(scene)
      return
    case 'share':
      await share(scene)
      await isInitialized(scene)
      return
    case 'streams':
      await streams(scene)
      return
    case 'simple':
      await commit(scene, { t: { 0: 1 } })
  }
}

/** Sends a request of each API of the other kinds. */
async function askAll(scene: GroupScene, kind: Kind): Promise<void> {
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }] }]
  const ids = { groupIds: ['g'], includeAuthorizedOperations: false }
  if (kind !== 'classic') {
    await scene.call(JoinGroup, 9, joining({ memberId: 'nobody' }))
    await scene.call(SyncGroup, 5, syncing('nobody', 1))
    await scene.call(Heartbeat, 4, { groupId: 'g', generationId: 1, memberId: 'nobody' })
    await scene.call(LeaveGroup, 5, {
      groupId: 'g',
      memberId: '',
      members: [{ memberId: 'nobody' }],
    })
  }
  await scene.call(DescribeGroups, 6, { groups: ['g'], includeAuthorizedOperations: false })
  await scene.call(ConsumerGroupDescribe, 1, ids)
  await scene.call(ShareGroupDescribe, 1, ids)
  await scene.call(StreamsGroupDescribe, 1, ids)
  await scene.call(OffsetDelete, 0, { groupId: 'g', topics })
  await commit(scene, { t: { 0: 3 } })
  await commit(scene, { t: { 0: 4 } }, { memberId: 'nobody', generation: 1 })
  await fetchOffsets(scene, { t: [0] })
  await fetchOffsets(scene, null)
  await describeOffsets(scene)
  await scene.call(AlterShareGroupOffsets, 0, {
    groupId: 'g',
    topics: [{ topicName: 't', partitions: [{ partitionIndex: 0, startOffset: 0 }] }],
  })
  await scene.call(DeleteShareGroupOffsets, 0, { groupId: 'g', topics: [{ topicName: 't' }] })
  if (kind !== 'consumer') {
    await consumer(scene, { memberId: 'new', memberEpoch: 1 })
    if (kind !== 'simple') await consumer(scene, { memberId: 'new' })
  }
  if (kind !== 'share') {
    await share(scene, { memberId: 'new', memberEpoch: 1 })
    await share(scene, { memberId: 'new' })
  }
  if (kind !== 'streams') {
    await streams(scene, { memberId: 'new', memberEpoch: 1 })
    await streams(scene, { memberId: 'new' })
  }
}

const kinds: readonly Kind[] = ['classic', 'consumer', 'share', 'streams', 'simple']

const scenarios: readonly Scenario[] = [
  ...kinds.map((kind): Scenario => ({
    name: `each API for a ${kind} group`,
    run: async (scene) => {
      await scene.createTopic('t')
      await make(scene, kind)
      scene.watch('g', 'listed')
      await askAll(scene, kind)
    },
  })),
  {
    name: 'members of another kind in an empty group',
    run: async (scene) => {
      await scene.createTopic('t')
      scene.watch('g', 'listed')
      await consumer(scene)
      await consumer(scene, { memberEpoch: -1 })
      await share(scene)
      await streams(scene)
      await classicMember(scene)
      scene.watch('h', 'listed')
      await streams(scene, { groupId: 'h' })
      await streams(scene, { groupId: 'h', memberEpoch: -1 })
      await share(scene, { groupId: 'h' })
      await consumer(scene, { groupId: 'h' })
      await scene.call(JoinGroup, 3, joining({ groupId: 'h' }))
    },
  },
]

export const wrongTypes: Suite = { name: 'wrong-types', setting: {}, scenarios }
