import {
  AlterShareGroupOffsets,
  ConsumerGroupDescribe,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  ShareAcknowledge,
  ShareFetch,
  ShareGroupDescribe,
  StreamsGroupDescribe,
  StreamsGroupTopologyDescriptionUpdate,
} from '../../../../src/protocol/messages/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { classicMember, consumer, share, streams } from '../requests.ts'
import type { Scenario, Suite } from '../scenario.ts'

const ids = { groupIds: ['g', 'h'], includeAuthorizedOperations: false }

/** Sends a request of each API of the new kinds of groups. */
async function askAll(scene: GroupScene): Promise<void> {
  await scene.createTopic('t')
  await consumer(scene, { groupId: 'c' })
  await scene.call(ConsumerGroupDescribe, 1, ids)
  await share(scene, { groupId: 's' })
  await scene.call(ShareGroupDescribe, 1, ids)
  const topicId = scene.topicId('t')
  await scene.call(ShareFetch, 2, {
    groupId: 's',
    memberId: 'nobody',
    shareSessionEpoch: 1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1000,
    maxRecords: 1,
    batchSize: 1,
    topics: [
      {
        topicId,
        partitions: [{ partitionIndex: 0, partitionMaxBytes: 0, acknowledgementBatches: [] }],
      },
    ],
    forgottenTopicsData: [],
  })
  await scene.call(ShareAcknowledge, 2, {
    groupId: 's',
    memberId: 'nobody',
    shareSessionEpoch: 1,
    topics: [{ topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }],
  })
  await scene.call(DescribeShareGroupOffsets, 1, {
    groups: [
      { groupId: 'x', topics: null },
      { groupId: 'x', topics: [{ topicName: 't', partitions: [0] }] },
    ],
  })
  await scene.call(AlterShareGroupOffsets, 0, {
    groupId: 'x',
    topics: [{ topicName: 't', partitions: [{ partitionIndex: 0, startOffset: 0 }] }],
  })
  await scene.call(DeleteShareGroupOffsets, 0, { groupId: 'x', topics: [{ topicName: 't' }] })
  await streams(scene, { groupId: 'z' })
  await scene.call(StreamsGroupDescribe, 1, ids)
  await scene.call(StreamsGroupTopologyDescriptionUpdate, 0, {
    groupId: 'z',
    memberId: 'a',
    topologyEpoch: 0,
    topologyDescription: { subtopologies: [], globalStores: [] },
  })
  await classicMember(scene)
}

const scenarios: readonly Scenario[] = [{ name: 'each API of the new groups', run: askAll }]

const levels = [
  { 'group.version': 0 },
  { 'share.version': 0 },
  { 'share.version': 1 },
  { 'streams.version': 0 },
]

export const featureLevels: readonly Suite[] = levels.map((features) => {
  const [[name, level]] = Object.entries(features) as [[string, number]]
  return {
    name: `${name.replace('.', '-')}-${level}`,
    setting: { features },
    isAlone: true,
    scenarios,
  }
})
