import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ConsumerGroupHeartbeat } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { startGroupCluster } from '../support.ts'
import type { Caller } from '../support.ts'

function join(cluster: Caller) {
  return cluster.call(ConsumerGroupHeartbeat, 1, {
    groupId: 'g',
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: ['orders'],
    topicPartitions: [],
  })
}

test('a member that joins gets the partitions of its topic', async () => {
  const cluster = await startGroupCluster()
  expect(await join(cluster)).toMatchObject({
    errorCode: ErrorCode.None,
    memberId: 'm',
    memberEpoch: 2,
    assignment: { topicPartitions: [{ partitions: [0, 1] }] },
  })
})

test('a broker without the protocol answers UNSUPPORTED_VERSION', async () => {
  const cluster = await startTestCluster({
    config: { 'group.coordinator.rebalance.protocols': 'classic' },
  })
  expect(await join(cluster)).toMatchObject({
    errorCode: ErrorCode.UnsupportedVersion,
    errorMessage: null,
    memberId: null,
  })
})

test('a cluster with group.version 0 answers UNSUPPORTED_VERSION', async () => {
  const cluster = await startTestCluster({ features: { 'group.version': 0 } })
  expect(await join(cluster)).toMatchObject({ errorCode: ErrorCode.UnsupportedVersion })
})
