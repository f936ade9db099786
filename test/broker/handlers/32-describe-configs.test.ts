import { expect, test } from 'vitest'
import { addressText } from '../../../src/cluster/address-text.ts'
import type { ClusterOptions } from '../../../src/index.ts'
import { ErrorCode, errorMessage } from '../../../src/protocol/error-code.ts'
import { DescribeConfigs, Metadata } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { createTopic, type Caller } from '../support.ts'

const TOPIC = 2
const BROKER = 4
const STATIC_BROKER_CONFIG = 4

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
  "returns value and source of a topic's configs in version %i",
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

test('returns the named configs that exist; no names mean all', async () => {
  const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
  const named = await describe(cluster, TOPIC, 'orders', ['cleanup.policy', 'nonsense'])
  expect(named.configs.map(({ name }) => name)).toEqual(['cleanup.policy'])
  expect((await describe(cluster, TOPIC, 'orders', [])).configs).toHaveLength(37)
})

test('returns synonyms and documentation if requested', async () => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders', { configs: { 'retention.ms': '1000' } })
  const { configs } = await describe(cluster, TOPIC, 'orders', ['retention.ms'], {
    includeSynonyms: true,
    includeDocumentation: true,
  })
  expect(configs[0]!.synonyms[0]).toEqual({ name: 'retention.ms', value: '1000', source: 1 })
  expect(configs[0]!.documentation).toMatch(/./)
})

test("a broker returns its own configs: INVALID_REQUEST for another's", async () => {
  const cluster = await startTestCluster({ brokers: 2, config: { 'num.partitions': 3 } })
  const second = await cluster.connect(2)
  const { configs } = await describe(second, BROKER, '2', ['num.partitions', 'node.id'])
  expect(configs.map(({ name, value }) => [name, value]).sort()).toEqual([
    ['node.id', '2'],
    ['num.partitions', '3'],
  ])
  expect((await describe(second, BROKER, '1')).errorCode).toBe(ErrorCode.InvalidRequest)
})

test('answers UNKNOWN_TOPIC_OR_PARTITION', async () => {
  const cluster = await startTestCluster()
  expect((await describe(cluster, TOPIC, 'nothing')).errorCode).toBe(
    ErrorCode.UnknownTopicOrPartition,
  )
})

test.each([0, 1, 99])(
  'answers INVALID_REQUEST for all resources if one has the type %i, which does not exist',
  async (unknownType) => {
    const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
    const { results } = await cluster.call(DescribeConfigs, 4, {
      resources: [
        { resourceType: TOPIC, resourceName: 'orders', configurationKeys: null },
        { resourceType: unknownType, resourceName: 'x', configurationKeys: null },
      ],
    })
    const refused = {
      errorCode: ErrorCode.InvalidRequest,
      errorMessage: errorMessage(ErrorCode.InvalidRequest),
      configs: [],
    }
    expect(results).toEqual([
      { ...refused, resourceType: TOPIC, resourceName: 'orders' },
      { ...refused, resourceType: unknownType, resourceName: 'x' },
    ])
  },
)

/** Every config of a broker that is not at its default, by name. */
async function staticConfigs(caller: Caller, brokerId: string): Promise<Record<string, unknown>> {
  const { configs } = await describe(caller, BROKER, brokerId)
  const given = configs.filter(({ configSource }) => configSource === STATIC_BROKER_CONFIG)
  return Object.fromEntries(given.map(({ name, value }) => [name, value]))
}

test('a broker has the configs of a KRaft broker with its addresses', async () => {
  const cluster = await startTestCluster({ profile: 'faithful' })
  const { port } = cluster.cluster.brokers[0]!
  expect(await staticConfigs(cluster, '1')).toEqual({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'broker.id': '1',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:0`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': '1@127.0.0.1:0',
    'log.dirs': expect.stringMatching(/./),
    'offsets.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.replication.factor': '1',
  })
})

test('every broker is also a controller and names all voters', async () => {
  const cluster = await startTestCluster({ brokers: 2, firstBrokerId: 5 })
  const { port } = cluster.cluster.brokers[1]!
  expect(await staticConfigs(await cluster.connect(6), '6')).toMatchObject({
    'process.roles': 'broker,controller',
    'node.id': '6',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:0`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.quorum.voters': '5@127.0.0.1:0,6@127.0.0.1:0',
  })
})

test.each<[ClusterOptions, string, string]>([
  [{ host: '0.0.0.0' }, 'PLAINTEXT://0.0.0.0:PORT,CONTROLLER://0.0.0.0:0', '127.0.0.1:PORT'],
  [
    { advertisedHost: 'kafka' },
    'PLAINTEXT://127.0.0.1:PORT,CONTROLLER://127.0.0.1:0',
    'kafka:PORT',
  ],
  [
    { advertisedHost: '::1', advertisedPort: 9 },
    'PLAINTEXT://127.0.0.1:PORT,CONTROLLER://127.0.0.1:0',
    '[::1]:9',
  ],
])(
  '%j: advertised.listeners is the address that Metadata returns',
  async (options, bound, told) => {
    const cluster = await startTestCluster(options)
    const { host, port, listener } = cluster.cluster.brokers[0]!
    const configs = await staticConfigs(cluster, '1')
    expect(configs['listeners']).toBe(bound.replaceAll('PORT', String(listener.port)))
    const advertised = told.replaceAll('PORT', String(listener.port))
    expect(configs['advertised.listeners']).toBe(`PLAINTEXT://${advertised}`)
    const { brokers } = await cluster.call(Metadata, 12, {
      topics: null,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
    expect(brokers).toMatchObject([{ host, port }])
    expect(addressText(brokers[0]!)).toBe(advertised)
  },
)

test.each<[string, ClusterOptions, string]>([
  ["profile test with the system's clock", { clock: undefined } as object, '600000'],
  ['profile test with a clock of its own', {}, '-1'],
  ['profile faithful', { profile: 'faithful' }, '600000'],
  ['a config', { config: { 'connections.max.idle.ms': 5000 } }, '5000'],
])('with %s idle connections are closed as documented', async (_, options, value) => {
  const cluster = await startTestCluster(options)
  const { configs } = await describe(cluster, BROKER, '1', ['connections.max.idle.ms'])
  expect(configs).toMatchObject([{ name: 'connections.max.idle.ms', value }])
})
