import { expect, test } from 'vitest'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ConsumerClient, consumerHarness } from './support.ts'

type Overrides = Parameters<ConsumerClient['join']>[0]

const invalid: readonly (readonly [message: string, request: Overrides])[] = [
  ["MemberId can't be empty.", { memberId: '' }],
  ["MemberId can't be empty.", { memberId: ' ', apiVersion: 0, memberEpoch: 1 }],
  ["MemberId can't be empty.", { memberId: '', apiVersion: 0, memberEpoch: -1 }],
  ["GroupId can't be empty.", { groupId: ' ' }],
  ["InstanceId can't be empty.", { instanceId: '' }],
  ["RackId can't be empty.", { rackId: '' }],
  ['RebalanceTimeoutMs must be provided in first request.', { rebalanceTimeoutMs: -1 }],
  ['TopicPartitions must be empty when (re-)joining.', { topicPartitions: null }],
  [
    'TopicPartitions must be empty when (re-)joining.',
    { topicPartitions: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAUU', partitions: [0] }] },
  ],
  [
    'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
    { subscribedTopicNames: null },
  ],
  ["InstanceId can't be null.", { memberEpoch: -2 }],
  ['MemberEpoch is invalid.', { memberEpoch: -3 }],
]

test.each(invalid)('a request is invalid: %s', (errorMessage, request) => {
  const client = new ConsumerClient(consumerHarness(), 'a')
  expect(client.join(request)).toMatchObject({
    errorCode: ErrorCode.InvalidRequest,
    errorMessage,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
  })
})

test('an assignor that the broker does not have is refused', () => {
  const harness = consumerHarness({ 'group.consumer.assignors': 'range' })
  const client = new ConsumerClient(harness, 'a')
  expect(client.join({ serverAssignor: 'uniform' })).toMatchObject({
    errorCode: ErrorCode.UnsupportedAssignor,
    errorMessage: 'ServerAssignor uniform is not supported. Supported assignors: range.',
  })
})
