import { expect, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { CreateTopics, FindCoordinator, Metadata } from '../../src/protocol/messages/index.ts'
import { startTestCluster } from '../support/test-cluster.ts'

const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'

test('a topic that createTopicPolicy refuses is answered POLICY_VIOLATION with its message', async () => {
  const { call } = await startTestCluster({
    createTopicPolicy: ({ numPartitions }) => (numPartitions! > 2 ? 'two are enough' : undefined),
  })
  const asked = { name: 'a', replicationFactor: 1, assignments: [], configs: [] }
  const { topics } = await call(CreateTopics, 7, {
    topics: [
      { ...asked, numPartitions: 3 },
      { ...asked, name: 'b', numPartitions: 2 },
    ],
    validateOnly: false,
  })
  expect(topics).toMatchObject([
    { name: 'a', errorCode: ErrorCode.PolicyViolation, errorMessage: 'two are enough' },
    { name: 'b', errorCode: ErrorCode.None },
  ])
})

test('automatic creation obeys the policy, and that of internal topics: UNKNOWN_TOPIC_OR_PARTITION, COORDINATOR_NOT_AVAILABLE', async () => {
  const { call } = await startTestCluster({ createTopicPolicy: ({ topic }) => `no ${topic}` })
  const { topics } = await call(Metadata, 12, {
    topics: [{ topicId: noTopicId, name: 'a' }],
    allowAutoTopicCreation: true,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  expect(topics).toMatchObject([{ name: 'a', errorCode: ErrorCode.UnknownTopicOrPartition }])
  const { coordinators } = await call(FindCoordinator, 4, {
    key: '',
    keyType: 0,
    coordinatorKeys: ['g'],
  })
  expect(coordinators).toMatchObject([{ errorCode: ErrorCode.CoordinatorNotAvailable }])
})

test('the start fails if a policy refuses a topic, with its message', async () => {
  const starting = startCluster({
    storage: 'memory',
    logLevel: 'silent',
    topics: [{ name: 'a', configs: { 'retention.ms': -1 } }],
    alterConfigPolicy: ({ configs }) => {
      if (configs['retention.ms'] === '-1') throw new Error('keep nothing for ever')
    },
  })
  await expect(starting).rejects.toMatchObject({
    code: 'INVALID_TOPIC',
    message: "Cannot create topic 'a': keep nothing for ever",
  })
})
