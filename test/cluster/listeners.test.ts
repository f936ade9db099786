import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startCluster, type ClusterOptions } from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  CreateTopics,
  DescribeCluster,
  DescribeConfigs,
  DescribeTopicPartitions,
  Fetch,
  FindCoordinator,
  ListConfigResources,
  Metadata,
} from '../../src/protocol/messages/index.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { occupy, portsInARow } from './support/ports.ts'

const both = ['INTERNAL://127.0.0.1:0', 'EXTERNAL://127.0.0.1:0']
const text = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`

/** Starts a cluster; `connectBy` connects to a broker by one of its listeners. */
async function start(options: ClusterOptions) {
  const kit = await startTestCluster(options)
  const connectBy = (name: string, brokerId = 1): Promise<KafkaConnection> => {
    const { listeners } = kit.cluster.broker(brokerId)
    const { bound } = listeners.find((listener) => listener.name === name)!
    return new Promise((resolve) => {
      const onConnect = (): void => resolve(new KafkaConnection(socket))
      const socket = kit.cluster.socketFactory<Duplex>({ ...bound, onConnect })
    })
  }
  return { ...kit, connectBy }
}

const allTopics = {
  topics: null,
  includeClusterAuthorizedOperations: false,
  includeTopicAuthorizedOperations: false,
}

/** In version 0, an empty list means all topics. */
const everyTopic = { ...allTopics, topics: [] }

async function brokersSeenBy(client: KafkaConnection): Promise<string[]> {
  return (await client.call(Metadata, 12, allTopics)).brokers.map(text)
}

describe('a broker with several listeners', () => {
  test('names brokers by the listener of the client', async () => {
    const { cluster, connectBy } = await start({
      brokers: 2,
      listeners: both,
      topics: [{ name: 'orders', partitions: 2 }],
    })
    expect(cluster.bootstrapServers).toBe(cluster.bootstrapServersOf('INTERNAL'))
    for (const name of ['INTERNAL', 'EXTERNAL']) {
      const told = cluster.bootstrapServersOf(name).split(',')
      const client = await connectBy(name)
      expect(await brokersSeenBy(client)).toEqual(told)
      const described = await client.call(DescribeCluster, 2, {
        includeClusterAuthorizedOperations: false,
        includeFencedBrokers: true,
      })
      expect(described.brokers.map(text)).toEqual(told)
      const { coordinators } = await client.call(FindCoordinator, 4, {
        key: '',
        coordinatorKeys: ['a', 'b', 'c', 'd'],
      })
      for (const each of coordinators) expect(text(each)).toBe(told[each.nodeId - 1])
      const { topics } = await client.call(Metadata, 12, allTopics)
      const { topicId, partitions } = topics.find((topic) => topic.name === 'orders')!
      const partition = partitions.find(({ leaderId }) => leaderId === 2)!.partitionIndex
      const wanted = [{ partition, fetchOffset: 0, partitionMaxBytes: 1000 }]
      const { nodeEndpoints } = await client.call(Fetch, 16, {
        maxWaitMs: 0,
        minBytes: 1,
        topics: [{ topic: '', topicId, partitions: wanted }],
        forgottenTopicsData: [],
      })
      expect(nodeEndpoints.map(text)).toEqual([told[1]])
    }
  })

  test('shows them in its configs', async () => {
    const { cluster, call } = await start({ listeners: both })
    const [internal, external] = cluster.brokers[0]!.listeners.map(({ port }) => port)
    const { results } = await call(DescribeConfigs, 4, {
      resources: [{ resourceType: 4, resourceName: '1', configurationKeys: null }],
    })
    const configs = Object.fromEntries(results[0]!.configs.map(({ name, value }) => [name, value]))
    const advertised = `INTERNAL://127.0.0.1:${internal},EXTERNAL://127.0.0.1:${external}`
    expect(configs).toMatchObject({
      listeners: `${advertised},CONTROLLER://127.0.0.1:0`,
      'advertised.listeners': advertised,
      'listener.security.protocol.map':
        'INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'INTERNAL',
    })
  })

  test('keeps the port of each listener when it starts again', async () => {
    const { cluster, connectBy } = await start({ listeners: both })
    const before = cluster.brokers[0]!.listeners
    await cluster.broker(1).kill()
    await cluster.broker(1).start()
    expect(cluster.brokers[0]!.listeners).toEqual(before)
    const told = [cluster.bootstrapServersOf('EXTERNAL')]
    expect(await brokersSeenBy(await connectBy('EXTERNAL'))).toEqual(told)
  })

  test('uses consecutive ports for each listener', async () => {
    const port = await portsInARow(4)
    const listeners = [
      { name: 'internal', port },
      { name: 'external', port: port + 2, advertisedHost: 'kafka.test', advertisedPort: 9092 },
    ]
    const { cluster } = await start({ brokers: 2, listeners })
    expect(cluster.bootstrapServersOf('INTERNAL')).toBe(`127.0.0.1:${port},127.0.0.1:${port + 1}`)
    expect(cluster.bootstrapServersOf('EXTERNAL')).toBe('kafka.test:9092,kafka.test:9093')
  })

  test('names the listener whose port is taken', async () => {
    const { port } = await occupy(0)
    const starting = startCluster({
      logLevel: 'silent',
      listeners: ['INTERNAL://127.0.0.1:0', `EXTERNAL://127.0.0.1:${port}`],
    })
    await expect(starting).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: `Port ${port} on 127.0.0.1 (listener EXTERNAL) is in use: stop the program that uses it, or use another port`,
    })
  })
})

describe('a client of a listener that a broker does not have', () => {
  const brokers = [{}, { listeners: ['INTERNAL://127.0.0.1:0'] }]

  test('does not see the broker, and gets LISTENER_NOT_FOUND for its partitions', async () => {
    const { cluster, call, connectBy } = await start({ brokers, listeners: both })
    await call(CreateTopics, 7, {
      topics: [
        {
          name: 'orders',
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [2] }],
          configs: [],
        },
      ],
      timeoutMs: 1000,
      validateOnly: false,
    })
    const client = await connectBy('EXTERNAL')
    expect(await brokersSeenBy(client)).toEqual([cluster.bootstrapServersOf('EXTERNAL')])
    const unreachable = {
      leaderId: -1,
      replicaNodes: [2],
      isrNodes: [2],
      offlineReplicas: [2],
    }
    const partition = async (version: number) =>
      (await client.call(Metadata, version, version === 0 ? everyTopic : allTopics)).topics[0]!
        .partitions[0]
    expect(await partition(12)).toMatchObject({
      errorCode: ErrorCode.ListenerNotFound,
      ...unreachable,
    })
    expect(await partition(5)).toMatchObject({
      errorCode: ErrorCode.LeaderNotAvailable,
      ...unreachable,
    })
    expect(await partition(0)).toMatchObject({
      errorCode: ErrorCode.LeaderNotAvailable,
      replicaNodes: [],
      isrNodes: [],
    })
    const { topics } = await client.call(DescribeTopicPartitions, 0, {
      topics: [{ name: 'orders' }],
      responsePartitionLimit: 100,
      cursor: null,
    })
    expect(topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, ...unreachable })
    const { configResources } = await client.call(ListConfigResources, 1, { resourceTypes: [4] })
    expect(configResources.map(({ resourceName }) => resourceName)).toEqual(['1'])
  })
})

describe('addresses that depend on the client', () => {
  test("with 'client-host' are the host by which the client came", async () => {
    const { cluster } = await start({
      brokers: 2,
      listeners: [{ name: 'PLAINTEXT', host: '0.0.0.0', advertise: 'client-host' }],
    })
    const ports = cluster.brokers.map(({ port }) => port)
    // Only Linux has all addresses of 127.0.0.0/8.
    const hosts = process.platform === 'linux' ? ['127.0.0.1', '127.0.0.2'] : ['127.0.0.1']
    for (const host of hosts) {
      const client = new KafkaConnection(connect(ports[0]!, host))
      onTestFinished(() => client.close())
      expect(await brokersSeenBy(client)).toEqual(ports.map((port) => `${host}:${port}`))
    }
  })

  test('are what the function returns for the listener and the broker', async () => {
    const seen: object[] = []
    const { cluster, connectBy } = await start({
      brokers: 2,
      listeners: [
        'INTERNAL://127.0.0.1:0',
        {
          name: 'EXTERNAL',
          advertise: (request) => {
            seen.push(request)
            return request.brokerId === 1 ? { host: 'one.test', port: 1001 } : undefined
          },
        },
      ],
    })
    const [, second] = cluster.bootstrapServersOf('EXTERNAL').split(',')
    expect(await brokersSeenBy(await connectBy('EXTERNAL'))).toEqual(['one.test:1001', second])
    const { port } = cluster.brokers[0]!.listeners[1]!
    expect(seen[0]).toEqual({
      brokerId: 1,
      listener: 'EXTERNAL',
      host: '127.0.0.1',
      port,
      clientHost: '127.0.0.1',
      clientPort: expect.any(Number) as number,
      localHost: '127.0.0.1',
      localPort: port,
    })
    const internal = cluster.bootstrapServersOf('INTERNAL').split(',')
    expect(await brokersSeenBy(await connectBy('INTERNAL'))).toEqual(internal)
  })
})

describe('listeners are refused', () => {
  test.each<[ClusterOptions, string]>([
    [
      { listeners: ['127.0.0.1:9092'] },
      'listeners[0] must be NAME://host:port, such as INTERNAL://127.0.0.1:9092, not 127.0.0.1:9092',
    ],
    [
      { listeners: [{ name: 'SASL_SSL' }] },
      'listeners[0] cannot be named SASL_SSL: the only security protocol is PLAINTEXT. Use another name for a listener without security',
    ],
    [
      { listeners: ['controller://:0'] },
      'listeners[0] cannot be named CONTROLLER, the listener of the controllers: use another name',
    ],
    [
      { listeners: ['A://:0', 'a://:0'] },
      'listeners contains the name A twice: give each its own name',
    ],
    [
      { listeners: ['A://:0'], port: 9092 },
      'port cannot be used with listeners: set the address of each listener',
    ],
    [
      { listeners: ['A://:9092', 'B://:9093'], brokers: 2 },
      'the listeners B of 1 and A of 2 have the same port 9093: brokers use the ports after that of listeners, so leave room between them',
    ],
    [
      { listeners: ['A://:0'], config: { 'inter.broker.listener.name': 'B' } },
      'inter.broker.listener.name must be the name of a listener: A, not B',
    ],
  ])('%o', async (options, message) => {
    await expect(startCluster(options)).rejects.toThrow(message)
  })
})
