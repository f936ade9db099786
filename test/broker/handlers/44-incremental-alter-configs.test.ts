import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { IncrementalAlterConfigs } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { batch, createTopic, fetchOne, leaders, produce, type Caller } from '../support.ts'

const SET = 0
const DELETE = 1
const APPEND = 2

async function alter(
  caller: Caller,
  configOperation: number,
  name: string,
  value: string | null,
  { version = 1, topic = 'orders' } = {},
) {
  const configs = [{ name, configOperation, value }]
  const resources = [{ resourceType: 2, resourceName: topic, configs }]
  const request = { resources, validateOnly: false }
  return (await caller.call(IncrementalAlterConfigs, version, request)).responses[0]!.errorCode
}

const LARGE = batch(['x'.repeat(500)])

test.each([0, 1])(
  'max.message.bytes applies from the response on, until it is deleted (version %i)',
  async (version) => {
    const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
    const options = { version }
    expect(await alter(cluster, SET, 'max.message.bytes', '200', options)).toBe(ErrorCode.None)
    expect((await produce(cluster, 'orders', LARGE)).errorCode).toBe(ErrorCode.MessageTooLarge)
    expect(await alter(cluster, DELETE, 'max.message.bytes', null, options)).toBe(ErrorCode.None)
    expect((await produce(cluster, 'orders', LARGE)).errorCode).toBe(ErrorCode.None)
  },
)

test('the leader of the partition applies the change, whichever broker got the request', async () => {
  const cluster = await startTestCluster({
    brokers: 3,
    topics: [{ name: 'orders', partitions: 3 }],
  })
  await alter(cluster, SET, 'max.message.bytes', '200')
  for (const [partition, leader] of (await leaders(cluster, 'orders')).entries()) {
    const connection = await cluster.connect(leader)
    const { errorCode } = await produce(connection, 'orders', LARGE, { partition })
    expect(errorCode).toBe(ErrorCode.MessageTooLarge)
  }
})

test('APPEND adds to a list: a topic is also compacted, and requires keys', async () => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders')
  expect(await alter(cluster, APPEND, 'cleanup.policy', 'compact')).toBe(ErrorCode.None)
  const keyless = await produce(cluster, 'orders', batch(['a'], { key: null }))
  expect(keyless.errorCode).toBe(ErrorCode.InvalidRecord)
  expect((await fetchOne(cluster, 'orders')).highWatermark).toBe(0)
})

test('answers INVALID_CONFIG and UNKNOWN_TOPIC_OR_PARTITION', async () => {
  const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
  expect(await alter(cluster, SET, 'nonsense', '1')).toBe(ErrorCode.InvalidConfig)
  expect(await alter(cluster, SET, 'retention.ms', 'soon')).toBe(ErrorCode.InvalidConfig)
  expect(await alter(cluster, APPEND, 'retention.ms', '1')).toBe(ErrorCode.InvalidConfig)
  const unknown = await alter(cluster, SET, 'retention.ms', '1', { topic: 'nothing' })
  expect(unknown).toBe(ErrorCode.UnknownTopicOrPartition)
})
