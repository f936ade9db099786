import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  AlterShareGroupOffsets,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  FindCoordinator,
  ShareGroupDescribe,
  ShareGroupHeartbeat,
  UpdateFeatures,
} from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { batch, coordinatorOf, produce, topicId as idOf } from '../support.ts'

const GROUP = 'group'
const MEMBER = 'KpLCbPV4SEuHE8bFX8yKVQ'

async function startShareCluster(options: object = {}) {
  const cluster = await startTestCluster({
    topics: [{ name: 'orders', partitions: 2 }],
    config: { 'group.share.assignment.interval.ms': 0 },
    ...options,
  })
  const caller = await cluster.connect(await coordinatorOf(cluster, GROUP))
  const topicId = await idOf(cluster, 'orders')
  const heartbeat = (memberEpoch: number, fields: object = {}) =>
    caller.call(ShareGroupHeartbeat, 1, {
      groupId: GROUP,
      memberId: MEMBER,
      memberEpoch,
      ...fields,
    })
  return { cluster, caller, topicId, heartbeat }
}

test.each([1, 3])('a member joins, is assigned and leaves, with %i brokers', async (brokers) => {
  const { caller, topicId, heartbeat } = await startShareCluster({ brokers })
  const joined = await heartbeat(0, { subscribedTopicNames: ['orders'] })
  expect(joined).toMatchObject({
    errorCode: 0,
    memberId: MEMBER,
    assignment: { topicPartitions: [] },
  })
  const next = await heartbeat(joined.memberEpoch)
  const topicPartitions = [{ topicId, partitions: [0, 1] }]
  expect(next).toMatchObject({ errorCode: 0, assignment: { topicPartitions } })
  const request = { groupIds: [GROUP, ''], includeAuthorizedOperations: true }
  const { groups } = await caller.call(ShareGroupDescribe, 1, request)
  expect(groups[0]).toMatchObject({
    errorCode: ErrorCode.None,
    groupState: 'Stable',
    assignorName: 'simple',
    groupEpoch: next.memberEpoch,
    assignmentEpoch: next.memberEpoch,
    members: [
      {
        memberId: MEMBER,
        memberEpoch: next.memberEpoch,
        subscribedTopicNames: ['orders'],
        assignment: { topicPartitions: [{ topicName: 'orders', topicId, partitions: [0, 1] }] },
      },
    ],
  })
  expect(groups[0]!.authorizedOperations).toBeGreaterThan(0)
  expect(groups[1]).toMatchObject({ errorCode: ErrorCode.InvalidGroupId, errorMessage: null })
  expect(await heartbeat(-1)).toMatchObject({ errorCode: 0, memberEpoch: -1 })
})

test('start offsets are altered, described with their lag, and deleted', async () => {
  const { cluster, caller, topicId } = await startShareCluster({ brokers: 3 })
  const find = { key: '', keyType: 2, coordinatorKeys: [`${GROUP}:${topicId}:0`] }
  await cluster.call(FindCoordinator, 6, find)
  for (const broker of [1, 2, 3]) {
    const leader = await cluster.connect(broker)
    await produce(leader, 'orders', batch(['a', 'b', 'c']))
  }
  const partitions = [{ partitionIndex: 0, startOffset: 1 }]
  const altered = await caller.call(AlterShareGroupOffsets, 0, {
    groupId: GROUP,
    topics: [{ topicName: 'orders', partitions }],
  })
  expect(altered).toMatchObject({
    errorCode: 0,
    responses: [
      { topicName: 'orders', topicId, partitions: [{ partitionIndex: 0, errorCode: 0 }] },
    ],
  })
  const all = { groups: [{ groupId: GROUP, topics: null }] }
  const described = { partitionIndex: 0, startOffset: 1, leaderEpoch: 0, errorCode: 0 }
  expect((await caller.call(DescribeShareGroupOffsets, 1, all)).groups).toMatchObject([
    { errorCode: 0, topics: [{ topicId, partitions: [{ ...described, lag: 2 }] }] },
  ])
  expect((await caller.call(DescribeShareGroupOffsets, 0, all)).groups).toMatchObject([
    { errorCode: 0, topics: [{ topicName: 'orders', partitions: [described] }] },
  ])
  const topics = [{ topicName: 'orders' }]
  const deleted = await caller.call(DeleteShareGroupOffsets, 0, { groupId: GROUP, topics })
  expect(deleted).toMatchObject({ errorCode: 0, responses: [{ topicId, errorCode: 0 }] })
  expect((await caller.call(DescribeShareGroupOffsets, 1, all)).groups[0]!.topics).toEqual([])
})

test('UNSUPPORTED_VERSION in a cluster without the feature share.version', async () => {
  const { cluster, caller, heartbeat } = await startShareCluster()
  const featureUpdates = [
    { feature: 'share.version', maxVersionLevel: 0, allowDowngrade: false, upgradeType: 3 },
  ]
  await cluster.call(UpdateFeatures, 1, { timeoutMs: 1000, featureUpdates, validateOnly: false })
  const errorCode = ErrorCode.UnsupportedVersion
  expect(await heartbeat(0, { subscribedTopicNames: ['orders'] })).toMatchObject({ errorCode })
  const request = { groupIds: [GROUP], includeAuthorizedOperations: false }
  expect((await caller.call(ShareGroupDescribe, 1, request)).groups).toMatchObject([{ errorCode }])
  const groups = [{ groupId: GROUP, topics: null }]
  expect((await caller.call(DescribeShareGroupOffsets, 1, { groups })).groups).toMatchObject([
    { errorCode },
  ])
  const none = { groupId: GROUP, topics: [] }
  expect(await caller.call(AlterShareGroupOffsets, 0, none)).toMatchObject({ errorCode })
  expect(await caller.call(DeleteShareGroupOffsets, 0, none)).toMatchObject({ errorCode })
})

test.each(['', 'x'.repeat(37)])('INVALID_REQUEST for the member id %j', async (memberId) => {
  const { heartbeat } = await startShareCluster()
  expect(await heartbeat(0, { memberId, subscribedTopicNames: ['orders'] })).toMatchObject({
    errorCode: ErrorCode.InvalidRequest,
    errorMessage: null,
  })
})
