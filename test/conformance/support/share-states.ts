import {
  AlterShareGroupOffsets,
  DeleteGroups,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  FindCoordinator,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  ShareGroupDescribe,
  ShareGroupHeartbeat,
  WriteShareGroupState,
} from '../../../src/protocol/messages/index.ts'
import { vi } from 'vitest'
import { waitMs } from './patience.ts'
import type { RawClient } from './raw-client.ts'
import { retry } from './raw-client.ts'

/** Configs of both brokers. A snapshot follows every two updates. Sessions last long. */
export const brokerConfig = {
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'group.share.assignment.interval.ms': 0,
  'group.share.max.session.timeout.ms': 3_600_000,
  'group.share.session.timeout.ms': 3_600_000,
  'share.coordinator.state.topic.num.partitions': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.snapshot.update.records.per.snapshot': 2,
}

/** Configs of the real broker, which also needs in-sync replicas. */
export const realBrokerConfig = {
  ...brokerConfig,
  'share.coordinator.state.topic.min.isr': 1,
}

const topic = 'orders'
const partitions = [0, 1]
/** With one partition, which all members get. Otherwise the assignment depends on random ids. */
const SHARED_TOPIC = 'shared'
/** Has a member and records in flight. */
const READING = 'reading'
/** Has two members, of which one leaves. */
const SHARING = 'sharing'
/** Has no members. */
const ALTERED = 'altered'
const DELETED = 'deleted'
const groups = [READING, SHARING, ALTERED, DELETED]
const SHARE = 2

/** The answers about all groups. */
export interface ShareAnswers {
  readonly groups: unknown
  readonly offsets: unknown
  readonly states: unknown
  readonly summaries: unknown
}

/** Changes share groups and their state in every way, one request after another. */
export async function changeShareState(client: RawClient): Promise<void> {
  const topicId = await client.createTopic(topic, partitions.length)
  for (const group of groups) await client.findGroupCoordinator(group)
  await findShareCoordinator(client, topicId)
  await client.createTopic(SHARED_TOPIC)
  await join(client, READING, 'm-1', topic)
  await join(client, SHARING, 'm-1', SHARED_TOPIC)
  await join(client, SHARING, 'm-2', SHARED_TOPIC)
  await beat(client, SHARING, 'm-2', -1)
  await write(client, topicId)
  await alter(client, ALTERED, { 0: 7, 1: 9 })
  await alter(client, ALTERED, { 1: 4 })
  await alter(client, DELETED, { 0: 5 })
  await client.connection.call(DeleteShareGroupOffsets, 0, {
    groupId: DELETED,
    topics: [{ topicName: topic }],
  })
  await alter(client, DELETED, { 0: 6 })
  await client.connection.call(DeleteGroups, 2, { groupsNames: [DELETED] })
}

/** Returns what a broker answers about the groups. */
export async function askShareState(client: RawClient): Promise<ShareAnswers> {
  for (const group of groups) await client.findGroupCoordinator(group)
  const { connection } = client
  const all = { groups: groups.map((groupId) => ({ groupId, topics: null })) }
  const { groups: offsets } = await retry('DescribeShareGroupOffsets', async () => {
    const result = await connection.call(DescribeShareGroupOffsets, 1, all)
    return { errorCode: result.groups[0]!.errorCode, result }
  })
  const { topicId } = offsets[0]!.topics[0]!
  await findShareCoordinator(client, topicId)
  const { groups: described } = await connection.call(ShareGroupDescribe, 1, {
    groupIds: groups,
    includeAuthorizedOperations: false,
  })
  const requestFor = (groupId: string) => ({
    groupId,
    topics: [
      { topicId, partitions: partitions.map((partition) => ({ partition, leaderEpoch: 5 })) },
    ],
  })
  const summaries = await eachGroup((groupId) =>
    connection.call(ReadShareGroupStateSummary, 1, requestFor(groupId)),
  )
  const states = await eachGroup((groupId) =>
    connection.call(ReadShareGroupState, 0, requestFor(groupId)),
  )
  return { groups: described, offsets, states, summaries }
}

async function eachGroup<T>(ask: (groupId: string) => Promise<T>): Promise<T[]> {
  const answers: T[] = []
  for (const groupId of groups) answers.push(await ask(groupId))
  return answers
}

async function findShareCoordinator(client: RawClient, topicId: string): Promise<void> {
  const coordinatorKeys = [`${READING}:${topicId}:0`]
  await retry('FindCoordinator', async () => {
    const request = { key: '', keyType: SHARE, coordinatorKeys }
    const { coordinators } = await client.connection.call(FindCoordinator, 6, request)
    return { errorCode: coordinators[0]!.errorCode, result: undefined }
  })
}

/** Sends heartbeats until the member has its partitions. */
async function join(
  client: RawClient,
  groupId: string,
  memberId: string,
  topicName: string,
): Promise<void> {
  let { memberEpoch } = await beat(client, groupId, memberId, 0, [topicName])
  await vi.waitFor(
    async () => {
      const response = await beat(client, groupId, memberId, memberEpoch)
      memberEpoch = response.memberEpoch
      const { groups: described } = await client.connection.call(ShareGroupDescribe, 1, {
        groupIds: [groupId],
        includeAuthorizedOperations: false,
      })
      const member = described[0]!.members.find((each) => each.memberId === memberId)!
      if (member.assignment.topicPartitions.length === 0) throw new Error('not assigned yet')
    },
    { timeout: waitMs, interval: 50 },
  )
}

async function beat(
  client: RawClient,
  groupId: string,
  memberId: string,
  memberEpoch: number,
  subscribedTopicNames: string[] | null = null,
) {
  return retry('ShareGroupHeartbeat', async () => {
    const result = await client.connection.call(ShareGroupHeartbeat, 1, {
      groupId,
      memberId,
      memberEpoch,
      subscribedTopicNames,
    })
    return { errorCode: result.errorCode, result }
  })
}

/** Reads as the leader of partition 0, and writes as many changes as two snapshots need. */
async function write(client: RawClient, topicId: string): Promise<void> {
  const { connection } = client
  const read = { partition: 0, leaderEpoch: 3 }
  const topics = [{ topicId, partitions: [read] }]
  const { results } = await connection.call(ReadShareGroupState, 0, { groupId: READING, topics })
  const { stateEpoch } = results[0]!.partitions[0]!
  for (let step = 1; step < 8; step++) {
    const batches = [
      { firstOffset: step * 10, lastOffset: step * 10 + 4, deliveryState: 0, deliveryCount: 1 },
      {
        firstOffset: step * 10 + 5,
        lastOffset: step * 10 + 9,
        deliveryState: 2,
        deliveryCount: step,
      },
    ]
    const written = { stateEpoch, leaderEpoch: 3, startOffset: step * 5, stateBatches: batches }
    const changed = { partition: 0, ...written, deliveryCompleteCount: step }
    await connection.call(WriteShareGroupState, 1, {
      groupId: READING,
      topics: [{ topicId, partitions: [changed] }],
    })
  }
}

async function alter(
  client: RawClient,
  groupId: string,
  offsets: Record<number, number>,
): Promise<void> {
  const altered = Object.entries(offsets).map(([partition, startOffset]) => ({
    partitionIndex: Number(partition),
    startOffset,
  }))
  await retry('AlterShareGroupOffsets', async () => {
    const { errorCode } = await client.connection.call(AlterShareGroupOffsets, 0, {
      groupId,
      topics: [{ topicName: topic, partitions: altered }],
    })
    return { errorCode, result: undefined }
  })
  // The group notes the initialization after the response.
  await vi.waitFor(
    async () => {
      const { groups: described } = await client.connection.call(DescribeShareGroupOffsets, 1, {
        groups: [{ groupId, topics: null }],
      })
      const known = described[0]!.topics.flatMap(({ partitions: each }) => each)
      for (const { partitionIndex, startOffset } of altered) {
        const found = known.find((each) => each.partitionIndex === partitionIndex)
        if (found?.startOffset !== startOffset) throw new Error('not initialized yet')
      }
    },
    { timeout: waitMs, interval: 50 },
  )
}
