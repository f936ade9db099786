import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeConfigs } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { createTopic, type Caller } from '../support.ts'

const TOPIC = 2
const BROKER = 4

async function describe(
  caller: Caller,
  resourceType: number,
  resourceName: string,
  configurationKeys: string[] | null = null,
  options: { version?: number; includeSynonyms?: boolean; includeDocumentation?: boolean } = {},
) {
  const { version = 4, ...include } = options
  const resources = [{ resourceType, resourceName, configurationKeys }]
  return (await caller.call(DescribeConfigs, version, { resources, ...include })).results[0]!
}

test.each([1, 2, 3, 4])(
  "tells value and source of a topic's configs in version %i",
  async (version) => {
    const cluster = await startTestCluster()
    await createTopic(cluster, 'orders', { configs: { 'retention.ms': '1000' } })
    const { errorCode, configs } = await describe(cluster, TOPIC, 'orders', null, { version })
    expect(errorCode).toBe(ErrorCode.None)
    expect(configs).toHaveLength(37)
    expect(configs.find(({ name }) => name === 'retention.ms')).toMatchObject({
      value: '1000',
      configSource: 1,
      readOnly: false,
      isSensitive: false,
      configType: version < 3 ? 0 : 5,
    })
    expect(configs.find(({ name }) => name === 'cleanup.policy')).toMatchObject({
      value: 'delete',
      configSource: 5,
    })
  },
)

test('tells of the configs that are named, as far as there are any; none named means all', async () => {
  const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
  const named = await describe(cluster, TOPIC, 'orders', ['cleanup.policy', 'nonsense'])
  expect(named.configs.map(({ name }) => name)).toEqual(['cleanup.policy'])
  expect((await describe(cluster, TOPIC, 'orders', [])).configs).toHaveLength(37)
})

test('tells synonyms and documentation when they are asked for', async () => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders', { configs: { 'retention.ms': '1000' } })
  const { configs } = await describe(cluster, TOPIC, 'orders', ['retention.ms'], {
    includeSynonyms: true,
    includeDocumentation: true,
  })
  expect(configs[0]!.synonyms[0]).toEqual({ name: 'retention.ms', value: '1000', source: 1 })
  expect(configs[0]!.documentation).toMatch(/./)
})

test("a broker tells its own configs: INVALID_REQUEST for another's", async () => {
  const cluster = await startTestCluster({ brokers: 2, config: { 'num.partitions': 3 } })
  const second = await cluster.connect(2)
  const { configs } = await describe(second, BROKER, '2', ['num.partitions', 'node.id'])
  expect(configs.map(({ name, value }) => [name, value]).sort()).toEqual([
    ['node.id', '2'],
    ['num.partitions', '3'],
  ])
  expect((await describe(second, BROKER, '1')).errorCode).toBe(ErrorCode.InvalidRequest)
})

test('answers UNKNOWN_TOPIC_OR_PARTITION and, for a type that does not exist, INVALID_REQUEST', async () => {
  const cluster = await startTestCluster()
  expect((await describe(cluster, TOPIC, 'nothing')).errorCode).toBe(
    ErrorCode.UnknownTopicOrPartition,
  )
  expect((await describe(cluster, 99, 'x')).errorCode).toBe(ErrorCode.InvalidRequest)
})
