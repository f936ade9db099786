import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
} from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { startGroupCluster } from '../support.ts'
import type { Caller } from '../support.ts'

async function describe(cluster: Caller, includeAuthorizedOperations = false) {
  const request = { groupIds: ['g', 'never', ''], includeAuthorizedOperations }
  return (await cluster.call(ConsumerGroupDescribe, 1, request)).groups
}

test('a group is described with its members; unknown groups are errors', async () => {
  const cluster = await startGroupCluster()
  await cluster.call(ConsumerGroupHeartbeat, 1, {
    groupId: 'g',
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: ['orders'],
    topicPartitions: [],
  })
  const [known, unknown, empty] = await describe(cluster, true)
  expect(known).toMatchObject({
    errorCode: ErrorCode.None,
    groupState: 'Stable',
    groupEpoch: 2,
    assignmentEpoch: 2,
    assignorName: 'uniform',
    members: [
      {
        memberId: 'm',
        memberEpoch: 2,
        assignment: { topicPartitions: [{ topicName: 'orders', partitions: [0, 1] }] },
        targetAssignment: { topicPartitions: [{ topicName: 'orders', partitions: [0, 1] }] },
        memberType: 1,
      },
    ],
    authorizedOperations: 3400,
  })
  expect(unknown).toMatchObject({
    errorCode: ErrorCode.GroupIdNotFound,
    errorMessage: 'Group never not found.',
    authorizedOperations: -2147483648,
  })
  expect(empty).toMatchObject({ errorCode: ErrorCode.InvalidGroupId, errorMessage: null })
})

test('a broker without the protocol answers UNSUPPORTED_VERSION for each group', async () => {
  const cluster = await startTestCluster({
    config: { 'group.coordinator.rebalance.protocols': 'classic' },
  })
  const groups = await describe(cluster)
  expect(groups.map(({ groupId, errorCode }) => [groupId, errorCode])).toEqual([
    ['g', ErrorCode.UnsupportedVersion],
    ['never', ErrorCode.UnsupportedVersion],
    ['', ErrorCode.UnsupportedVersion],
  ])
})
