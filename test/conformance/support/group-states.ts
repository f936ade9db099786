import { setTimeout } from 'node:timers/promises'
import {
  ShareAcknowledge,
  ShareFetch,
  StreamsGroupHeartbeat,
} from '../../../src/protocol/messages/index.ts'
import {
  ConsumerGroupDescribe,
  DescribeGroups,
  DescribeShareGroupOffsets,
  ListGroups,
  OffsetFetch,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  ShareGroupDescribe,
  StreamsGroupDescribe,
} from '../../../src/protocol/messages/index.ts'
import { groupGrid } from '../../broker/group-grid/suites.ts'
import type { GroupScene } from '../../broker/group-grid/group-scene.ts'
import {
  classicMember,
  commit,
  consumer,
  owned,
  produce,
  share,
  shareUntilAssigned,
  streaming,
  streams,
  topology,
} from '../../broker/group-grid/requests.ts'
import { RawClient } from './raw-client.ts'

const groupIds = ['classic', 'simple', 'deleted', 'consumer', 'regex', 'empty', 'share', 'streams']
const RELEASE = 2
const ACCEPT = 1

/** Configs of both brokers. */
export const brokerConfig = groupGrid.config

/** Sends the requests of a scenario to a broker, without the prefixes of names. */
export async function withGroups<T>(
  broker: { readonly port: number },
  use: (scene: GroupScene) => Promise<T>,
): Promise<T> {
  const connect = async () => (await RawClient.connect(broker)).connection
  const unused = () => Promise.reject(new Error('the scene has no control of the broker'))
  const pass = (ms: number) => setTimeout(ms)
  const stage = { connect, nowMs: Date.now, pass, kill: unused, stop: unused, start: unused }
  const scene = groupGrid.openScene(stage, '')
  try {
    return await use(scene)
  } finally {
    scene.close()
  }
}

/** Makes groups of every kind, with members, offsets and state. */
export async function makeGroups(scene: GroupScene): Promise<void> {
  await scene.isReady()
  await scene.createTopic('t', { partitions: 3 })
  await scene.createTopic('u')
  await scene.createTopic('s')
  await classicMember(scene, { groupId: 'classic', groupInstanceId: 'one' })
  for (const groupId of ['simple', 'deleted', 'classic']) {
    await commit(scene, { t: { 0: 3, 1: 4 } }, { groupId, metadata: 'about', leaderEpoch: 0 })
  }
  await makeConsumerGroups(scene)
  await makeShareGroup(scene)
  await makeStreamsGroup(scene)
}

async function makeConsumerGroups(scene: GroupScene): Promise<void> {
  const groupId = 'consumer'
  await consumer(scene, { groupId, instanceId: 'one', rackId: 'rack' })
  await consumer(scene, { groupId, memberId: 'b', subscribedTopicNames: ['t', 'u'] })
  await consumer(scene, {
    groupId,
    memberEpoch: 2,
    instanceId: 'one',
    topicPartitions: owned(scene, 't', 0, 1, 2),
  })
  await commit(scene, { t: { 2: 9 } }, { groupId, memberId: 'b', generation: 3 })
  await consumer(scene, { groupId: 'empty' })
  await consumer(scene, { groupId: 'empty', memberEpoch: -1 })
  const pattern = { groupId: 'regex', subscribedTopicNames: null, subscribedTopicRegex: '[tu]' }
  let { memberEpoch, assignment } = await consumer(scene, pattern)
  while (assignment === null || assignment.topicPartitions.length < 2) {
    await scene.stage.pass(20)
    const beat = { groupId: 'regex', memberEpoch, topicPartitions: [] }
    ;({ memberEpoch, assignment } = await consumer(scene, beat))
  }
}

/** The share group has acknowledged, released and archived records. */
async function makeShareGroup(scene: GroupScene): Promise<void> {
  const groupId = 'share'
  await scene.setGroupConfigs(groupId, { 'share.auto.offset.reset': 'earliest' })
  const member = { groupId, subscribedTopicNames: ['s'] }
  await shareUntilAssigned(scene, member)
  await produce(scene, 's', ['a', 'b', 'c', 'd'], ['e', 'f'])
  const topicId = scene.topicId('s')
  for (;;) {
    const { responses } = (await scene.send(ShareFetch, 2, {
      groupId,
      memberId: 'a',
      shareSessionEpoch: 0,
      maxWaitMs: 0,
      minBytes: 0,
      maxRecords: 500,
      batchSize: 500,
      topics: [
        {
          topicId,
          partitions: [{ partitionIndex: 0, partitionMaxBytes: 0, acknowledgementBatches: [] }],
        },
      ],
      forgottenTopicsData: [],
    }))!
    if (responses[0]?.partitions[0]?.acquiredRecords.length) break
    await scene.stage.pass(20)
  }
  const acknowledgementBatches = [
    { firstOffset: 0, lastOffset: 1, acknowledgeTypes: [ACCEPT] },
    { firstOffset: 3, lastOffset: 3, acknowledgeTypes: [RELEASE] },
    { firstOffset: 4, lastOffset: 4, acknowledgeTypes: [ACCEPT] },
  ]
  const acknowledged = (await scene.send(ShareAcknowledge, 2, {
    groupId,
    memberId: 'a',
    shareSessionEpoch: 1,
    topics: [{ topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches }] }],
  }))!
  const errors = [acknowledged, ...acknowledged.responses[0]!.partitions].map(
    ({ errorCode }) => errorCode,
  )
  if (errors.some((code) => code !== 0)) throw new Error(`cannot acknowledge: ${errors.join()}`)
  await share(scene, { ...member, memberId: 'b' })
}

async function makeStreamsGroup(scene: GroupScene): Promise<void> {
  const stateful = topology([
    {
      stateChangelogTopics: [
        { name: 'log', partitions: 0, replicationFactor: 1, topicConfigs: [] },
      ],
    },
  ])
  const userEndpoint = { host: 'here', port: 80 }
  await streams(scene, { groupId: 'streams', topology: stateful, userEndpoint })
  let memberEpoch = 2
  for (;;) {
    const request = streaming({ groupId: 'streams', memberEpoch, endpointInformationEpoch: 0 })
    const response = (await scene.send(StreamsGroupHeartbeat, 1, request))!
    memberEpoch = response.memberEpoch
    if (response.errorCode !== 0 || (response.activeTasks?.length ?? 0) > 0) break
    await scene.stage.pass(20)
  }
  await streams(scene, { groupId: 'streams', memberId: 'b', topology: stateful, processId: 'two' })
  await commit(
    scene,
    { t: { 0: 8 } },
    { groupId: 'streams', memberId: 'a', generation: memberEpoch },
  )
}

/** Returns everything that a broker says about the groups. */
export async function askGroups(scene: GroupScene): Promise<Record<string, unknown>> {
  await scene.isReady()
  const ids = { groupIds, includeAuthorizedOperations: false }
  const listed = (await scene.send(ListGroups, 5, { statesFilter: [], typesFilter: [] }))!.groups
  const summary = (await scene.send(DescribeShareGroupOffsets, 1, {
    groups: [{ groupId: 'share', topics: null }],
  }))!.groups
  const topicId = summary[0]!.topics[0]!.topicId
  const state = {
    groupId: 'share',
    topics: [{ topicId, partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  }
  const groups = groupIds.map((groupId) => ({ groupId, topics: null }))
  const answers = {
    listed: listed.filter(({ groupId }) => groupIds.includes(groupId)),
    classic: await scene.send(DescribeGroups, 5, { ...ids, groups: ['classic', 'simple'] }),
    consumer: await scene.send(ConsumerGroupDescribe, 1, ids),
    share: await scene.send(ShareGroupDescribe, 1, ids),
    streams: await scene.send(StreamsGroupDescribe, 1, ids),
    offsets: await scene.send(OffsetFetch, 9, {
      groupId: '',
      topics: null,
      groups,
      requireStable: true,
    }),
    shareOffsets: summary,
    shareState: await scene.send(ReadShareGroupState, 0, state),
    shareSummary: await scene.send(ReadShareGroupStateSummary, 1, state),
  }
  return Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [name, scene.texts.of(answer)]),
  )
}
