import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startCluster, type Cluster, type ClusterOptions } from '../../src/index.ts'
import {
  CreatePartitions,
  CreateTopics,
  DescribeCluster,
  DescribeConfigs,
  FindCoordinator,
  Metadata,
} from '../../src/protocol/messages/index.ts'
import type { KafkaConnection } from '../support/kafka-connection.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { connectTo, logEndOffset, produce } from './support/requests.ts'
import { pathsIn, temporaryRoot } from './support/temporary-root.ts'

const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'

function metadataOf(connection: KafkaConnection, ...names: string[]) {
  return connection.call(Metadata, 12, {
    topics: names.map((name) => ({ topicId: noTopicId, name })),
    allowAutoTopicCreation: true,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
}

async function configOf(connection: KafkaConnection, brokerId: number, name: string) {
  const { results } = await connection.call(DescribeConfigs, 4, {
    resources: [{ resourceType: 4, resourceName: String(brokerId), configurationKeys: [name] }],
    includeSynonyms: false,
    includeDocumentation: false,
  })
  const [config] = results[0]!.configs
  return [config?.value, config?.configSource]
}

async function start(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster({ logLevel: 'silent', ...options })
  onTestFinished(() => cluster.close())
  return cluster
}

describe('brokers that are numbered from 0', () => {
  test('have these ids in every response, and the first has the controller', async () => {
    const { cluster, call, connect } = await startTestCluster({
      brokers: 3,
      firstBrokerId: 0,
      topics: [{ name: 'orders', partitions: 3, replicas: 3 }],
    })
    expect(cluster.brokers.map(({ id }) => id)).toEqual([0, 1, 2])
    const connection = await connect(0)
    const { brokers, controllerId, topics } = await metadataOf(connection, 'orders')
    expect(brokers.map(({ nodeId }) => nodeId)).toEqual([0, 1, 2])
    expect(controllerId).toBe(0)
    const { partitions } = topics[0]!
    expect(partitions.map(({ leaderId }) => leaderId).sort()).toEqual([0, 1, 2])
    for (const { replicaNodes } of partitions) expect([...replicaNodes].sort()).toEqual([0, 1, 2])
    const described = await call(DescribeCluster, 2, {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers: false,
      endpointType: 1,
    })
    expect(described.brokers.map(({ brokerId }) => brokerId)).toEqual([0, 1, 2])
    expect(await configOf(await connect(0), 0, 'node.id')).toEqual(['0', 4])
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const found = await call(FindCoordinator, 4, { key: '', coordinatorKeys: keys })
    expect(new Set(found.coordinators.map(({ nodeId }) => nodeId))).toEqual(new Set([0, 1, 2]))
  })

  test('serve a producer and a group of kafkajs', async () => {
    const topics = [{ name: 'orders', partitions: 6 }]
    const cluster = await start({ brokers: 3, firstBrokerId: 0, storage: 'memory', topics })
    const kafka = new Kafka({
      brokers: cluster.bootstrapServers.split(','),
      logLevel: logLevel.NOTHING,
    })
    const producer = kafka.producer()
    const consumer = kafka.consumer({ groupId: 'shipping', maxWaitTimeInMs: 10 })
    onTestFinished(() => consumer.disconnect())
    onTestFinished(() => producer.disconnect())
    await producer.connect()
    await producer.send({
      topic: 'orders',
      messages: Array.from({ length: 6 }, (_, partition) => ({ value: 'an order', partition })),
    })
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    const partitions = new Set<number>()
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ partition }) => {
          if (partitions.add(partition).size === 6) resolve()
        },
      })
    })
  })

  test('keep their data in directories by their ids, and open them again', async () => {
    const dataDir = temporaryRoot()
    const topics = [{ name: 'orders' }]
    const first = await start({ brokers: 2, firstBrokerId: 0, dataDir, topics })
    expect(pathsIn(dataDir).filter((path) => !path.includes('/'))).toEqual(['0', '1'])
    const { partitions } = (await metadataOf(await connectTo(first.brokers[0]!), 'orders'))
      .topics[0]!
    const leader = partitions[0]!.leaderId
    await produce(await connectTo(first.brokers[leader]!), 'orders', ['kept'])
    await first.close()
    const second = await start({ brokers: 2, firstBrokerId: 0, dataDir })
    expect(second.clusterId).toBe(first.clusterId)
    expect(await logEndOffset(await connectTo(second.brokers[leader]!), 'orders')).toBe(1)
  })

  test('leave the partitions of missing brokers without a leader, until these are started', async () => {
    const dataDir = temporaryRoot()
    const topics = [{ name: 'orders', partitions: 2 }]
    await (await start({ brokers: 2, firstBrokerId: 0, dataDir, topics })).close()
    const leaders = async (brokers: number) => {
      const cluster = await start({ brokers, firstBrokerId: 0, dataDir })
      const { topics: told } = await metadataOf(await connectTo(cluster.brokers[0]!), 'orders')
      await cluster.close()
      return told[0]!.partitions.map(({ leaderId }) => leaderId).sort()
    }
    expect(await leaders(1)).toEqual([-1, 0])
    expect(await leaders(2)).toEqual([0, 1])
  })

  test.each([
    [0, 1],
    [1, 0],
    [2, 1],
  ])(
    'refuse the data directory of a cluster whose first broker is not %i but %i',
    async (firstBrokerId, made) => {
      const dataDir = temporaryRoot()
      await (await start({ brokers: 2, firstBrokerId: made, dataDir })).close()
      const before = pathsIn(dataDir)
      await expect(
        startCluster({ brokers: 2, firstBrokerId, dataDir, logLevel: 'silent' }),
      ).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_UNUSABLE',
        message: `The first broker of the cluster in ${dataDir} is ${made}, not ${firstBrokerId}: start it with firstBrokerId ${made}, or use another directory`,
      })
      expect(pathsIn(dataDir)).toEqual(before)
    },
  )
})

describe('brokers that differ', () => {
  const racks = [{ rack: 'a' }, { rack: 'b' }, { config: { 'broker.rack': 'c' } }, {}]

  test('return their racks in Metadata, DescribeCluster and DescribeConfigs', async () => {
    const { call, connect } = await startTestCluster({ brokers: racks })
    const { brokers } = await metadataOf(await connect())
    expect(brokers.map(({ rack }) => rack)).toEqual(['a', 'b', 'c', null])
    const described = await call(DescribeCluster, 2, {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers: false,
      endpointType: 1,
    })
    expect(described.brokers.map(({ rack }) => rack)).toEqual(['a', 'b', 'c', null])
    expect(await configOf(await connect(2), 2, 'broker.rack')).toEqual(['b', 4])
    expect(await configOf(await connect(4), 4, 'broker.rack')).toEqual([null, 5])
  })

  test('have the rack of the cluster if they have none of their own', async () => {
    const { connect } = await startTestCluster({
      brokers: [{ rack: 'b' }, {}],
      config: { 'broker.rack': 'a' },
    })
    const { brokers } = await metadataOf(await connect())
    expect(brokers.map(({ rack }) => rack)).toEqual(['b', 'a'])
  })

  test('get the replicas of a partition on all racks', async () => {
    const { call, connect } = await startTestCluster({
      brokers: ['a', 'a', 'b', 'b', 'c', 'c'].map((rack) => ({ rack })),
    })
    const rackOf = (id: number): string => 'aabbcc'[id - 1]!
    const racksOf = (ids: readonly number[]) => new Set(ids.map(rackOf)).size
    await call(CreateTopics, 7, {
      topics: [
        { name: 'two', numPartitions: 12, replicationFactor: 2, assignments: [], configs: [] },
        { name: 'three', numPartitions: 12, replicationFactor: 3, assignments: [], configs: [] },
        { name: 'four', numPartitions: 12, replicationFactor: 4, assignments: [], configs: [] },
      ],
    })
    const added = [
      { name: 'two', count: 18 },
      { name: 'three', count: 18 },
      { name: 'four', count: 18 },
    ]
    await call(CreatePartitions, 3, {
      topics: added.map((topic) => ({ ...topic, assignments: null })),
      timeoutMs: 1000,
      validateOnly: false,
    })
    const { topics } = await metadataOf(await connect(), 'two', 'three', 'four')
    const spread = topics.map(({ partitions }) => [
      partitions.length,
      ...new Set(partitions.map(({ replicaNodes }) => racksOf(replicaNodes))),
    ])
    expect(spread).toEqual([
      [18, 2],
      [18, 3],
      [18, 3],
    ])
  })

  test('have their own configs, which override those of the cluster', async () => {
    const { connect } = await startTestCluster({
      brokers: [{}, { config: { 'log.retention.ms': 1000 } }],
      config: { 'log.retention.ms': 5000 },
    })
    expect(await configOf(await connect(1), 1, 'log.retention.ms')).toEqual(['5000', 4])
    expect(await configOf(await connect(2), 2, 'log.retention.ms')).toEqual(['1000', 4])
  })

  test('create topics automatically with their own defaults, and others with those of the first', async () => {
    const { call, connect } = await startTestCluster({
      brokers: [{ config: { 'num.partitions': 2 } }, { config: { 'num.partitions': 5 } }],
    })
    for (const [id, count] of [
      [1, 2],
      [2, 5],
    ]) {
      const { topics } = await metadataOf(await connect(id), `asked-of-${id}`)
      expect(topics[0]!.partitions).toHaveLength(count!)
    }
    const request = { numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }
    const created = await call(CreateTopics, 7, { topics: [{ name: 'created', ...request }] })
    expect(created.topics[0]!.numPartitions).toBe(2)
  })

  test('are refused with the name of the wrong config, whichever broker has it', async () => {
    const brokers = [{}, { config: { 'num.partitions': 'many' } }]
    await expect(startCluster({ brokers, logLevel: 'silent' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
    await expect(
      startCluster({ brokers: [{ config: { 'node.id': 7 } }], logLevel: 'silent' }),
    ).rejects.toThrow('node.id cannot be set: it follows from the option firstBrokerId')
  })
})
