import { describe, expect, onTestFinished, test } from 'vitest'
import {
  startCluster,
  type BrokerInfo,
  type Cluster,
  type ClusterOptions,
} from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  DeleteRecords,
  DescribeCluster,
  DescribeConfigs,
  DescribeGroups,
  Heartbeat,
  IncrementalAlterConfigs,
  InitProducerId,
  OffsetForLeaderEpoch,
  CreateTopics,
} from '../../src/protocol/messages/index.ts'
import type { KafkaConnection } from '../support/kafka-connection.ts'
import { Program } from './support/program.ts'
import {
  commitOffset,
  committedOffset,
  connectTo,
  describeTopic,
  fetch,
  formGroup,
  logEndOffset,
  produce,
} from './support/requests.ts'
import { temporaryRoot } from './support/temporary-root.ts'

/** The first run of a cluster, and how it ends. */
interface Life {
  readonly broker: BrokerInfo
  end(): Promise<void>
}

async function start(options: ClusterOptions) {
  const cluster = await startCluster({ logLevel: 'silent', ...options })
  onTestFinished(() => cluster.close())
  return cluster
}

const lives: [string, (dataDir: string) => Promise<Life>][] = [
  [
    'that was closed',
    async (dataDir) => {
      const cluster = await start({ dataDir })
      return { broker: cluster.brokers[0]!, end: () => cluster.close() }
    },
  ],
  [
    'that was killed',
    async (dataDir) => {
      const program = new Program('holds-directory', dataDir)
      return { broker: await program.next<BrokerInfo>(), end: () => program.kill() }
    },
  ],
]

async function createTopic(connection: KafkaConnection, name: string): Promise<void> {
  const { topics } = await connection.call(CreateTopics, 7, {
    topics: [
      {
        name,
        numPartitions: 2,
        replicationFactor: 1,
        assignments: [],
        configs: [{ name: 'segment.bytes', value: '1048576' }],
      },
    ],
    timeoutMs: 1000,
  })
  expect(topics[0]!.errorCode).toBe(ErrorCode.None)
}

async function alterRetention(connection: KafkaConnection, retentionMs: string): Promise<void> {
  const configs = [{ name: 'retention.ms', configOperation: 0, value: retentionMs }]
  const resources = [{ resourceType: 2, resourceName: 'orders', configs }]
  const { responses } = await connection.call(IncrementalAlterConfigs, 1, {
    resources,
    validateOnly: false,
  })
  expect(responses[0]!.errorCode).toBe(ErrorCode.None)
}

async function overrides(connection: KafkaConnection): Promise<Record<string, string | null>> {
  const { results } = await connection.call(DescribeConfigs, 4, {
    resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: null }],
  })
  const set = results[0]!.configs.filter(({ configSource }) => configSource === 1)
  return Object.fromEntries(set.map(({ name, value }) => [name, value]))
}

async function newProducer(connection: KafkaConnection) {
  const { producerId, producerEpoch } = await connection.call(InitProducerId, 4, {
    transactionalId: null,
    transactionTimeoutMs: 1000,
  })
  return { producerId, producerEpoch, sequence: 0 }
}

describe.each(lives)('a cluster %s opens again', (_how, live) => {
  test('with its id, topics and configs', async () => {
    const dataDir = temporaryRoot()
    const { broker, end } = await live(dataDir)
    const before = await connectTo(broker)
    await createTopic(before, 'orders')
    await alterRetention(before, '86400000')
    const topic = await describeTopic(before, 'orders')
    await end()
    const cluster = await start({ dataDir })
    expect(cluster.clusterId).toBe(topic.clusterId)
    const after = await connectTo(cluster.brokers[0]!)
    expect((await describeTopic(after, 'orders')).topicId).toBe(topic.topicId)
    expect(await overrides(after)).toEqual({
      'retention.ms': '86400000',
      'segment.bytes': '1048576',
    })
  })

  test('with every acknowledged record, in a new epoch', async () => {
    const dataDir = temporaryRoot()
    const { broker, end } = await live(dataDir)
    const before = await connectTo(broker)
    await createTopic(before, 'orders')
    await produce(before, 'orders', ['a', 'b'])
    await produce(before, 'orders', ['c'])
    await end()
    const { brokers } = await start({ dataDir })
    const after = await connectTo(brokers[0]!)
    expect(await produce(after, 'orders', ['d'])).toEqual({ errorCode: 0, baseOffset: 3 })
    expect(await fetch(after, 'orders', 0)).toEqual({
      errorCode: 0,
      logStartOffset: 0,
      highWatermark: 4,
      records: ['a', 'b', 'c', 'd'].map((value, offset) => ({ offset, value })),
    })
    // As with Kafka: in the epoch in between there is no leader.
    expect((await describeTopic(after, 'orders')).leaderEpochs).toEqual([2, 2])
    const epochEnds = await after.call(OffsetForLeaderEpoch, 4, {
      topics: [
        {
          topic: 'orders',
          partitions: [0, 1, 2].map((leaderEpoch) => ({ partition: 0, leaderEpoch })),
        },
      ],
    })
    const ends = epochEnds.topics[0]!.partitions.map((end) => [end.leaderEpoch, end.endOffset])
    expect(ends).toEqual([
      [0, 3],
      [0, 3],
      [2, 4],
    ])
  })

  test('with its idempotent producers', async () => {
    const dataDir = temporaryRoot()
    const { broker, end } = await live(dataDir)
    const before = await connectTo(broker)
    await createTopic(before, 'orders')
    const producer = await newProducer(before)
    await produce(before, 'orders', ['a', 'b'], producer)
    await produce(before, 'orders', ['c', 'd', 'e'], { ...producer, sequence: 2 })
    await end()
    const { brokers } = await start({ dataDir })
    const after = await connectTo(brokers[0]!)
    const send = (values: string[], sequence: number) =>
      produce(after, 'orders', values, { ...producer, sequence })
    expect(await send(['c', 'd', 'e'], 2)).toEqual({ errorCode: 0, baseOffset: 2 })
    expect(await logEndOffset(after, 'orders')).toBe(5)
    expect((await send(['g'], 6)).errorCode).toBe(ErrorCode.OutOfOrderSequenceNumber)
    expect(await send(['f'], 5)).toEqual({ errorCode: 0, baseOffset: 5 })
    expect((await newProducer(after)).producerId).toBeGreaterThan(producer.producerId)
  })

  test('with its groups, their members and committed offsets', async () => {
    const dataDir = temporaryRoot()
    const { broker, end } = await live(dataDir)
    const before = await connectTo(broker)
    await createTopic(before, 'orders')
    const member = await formGroup(before, 'group')
    expect(await commitOffset(before, member, 'orders', 42)).toBe(ErrorCode.None)
    await end()
    const { brokers } = await start({ dataDir })
    const after = await connectTo(brokers[0]!)
    expect(await committedOffset(after, 'group', 'orders')).toEqual({
      committedOffset: 42,
      metadata: 'by hand',
    })
    const { groups } = await after.call(DescribeGroups, 5, {
      groups: ['group'],
      includeAuthorizedOperations: false,
    })
    expect(groups[0]).toMatchObject({ groupState: 'Stable', protocolData: 'range' })
    expect(groups[0]!.members.map(({ memberId }) => memberId)).toEqual([member.memberId])
    expect((await after.call(Heartbeat, 4, member)).errorCode).toBe(ErrorCode.None)
    expect(await commitOffset(after, member, 'orders', 43)).toBe(ErrorCode.None)
  })
})

describe('a cluster that was closed opens again', () => {
  test('with its log start offsets', async () => {
    const dataDir = temporaryRoot()
    const first = await start({ dataDir, topics: [{ name: 'orders' }] })
    const before = await connectTo(first.brokers[0]!)
    await produce(before, 'orders', ['a', 'b', 'c'])
    await before.call(DeleteRecords, 2, {
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 2 }] }],
      timeoutMs: 1000,
    })
    await first.close()
    const second = await start({ dataDir })
    const after = await connectTo(second.brokers[0]!)
    expect((await fetch(after, 'orders', 1)).errorCode).toBe(ErrorCode.OffsetOutOfRange)
    expect(await fetch(after, 'orders', 2)).toMatchObject({
      logStartOffset: 2,
      records: [{ offset: 2, value: 'c' }],
    })
  })

  test('with new topics only if they do not exist', async () => {
    const dataDir = temporaryRoot()
    const first = await start({ dataDir, topics: [{ name: 'orders', partitions: 2 }] })
    const before = await describeTopic(await connectTo(first.brokers[0]!), 'orders')
    await first.close()
    const topics = [{ name: 'orders', partitions: 5 }, { name: 'users' }]
    const second = await start({ dataDir, topics })
    const after = await connectTo(second.brokers[0]!)
    const orders = await describeTopic(after, 'orders')
    expect(orders.topicId).toBe(before.topicId)
    expect(orders.leaderEpochs).toHaveLength(2)
    expect((await describeTopic(after, 'users')).errorCode).toBe(ErrorCode.None)
  })

  test('with fewer brokers: the missing ones lead nothing and are not returned', async () => {
    const dataDir = temporaryRoot()
    const first = await start({ dataDir, brokers: 3, topics: [{ name: 'orders', partitions: 3 }] })
    await first.close()
    const second = await start({ dataDir })
    const after = await connectTo(second.brokers[0]!)
    const { brokers } = await after.call(DescribeCluster, 2, {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers: false,
    })
    expect(brokers.map(({ brokerId }) => brokerId)).toEqual([1])
    const { leaderEpochs } = await describeTopic(after, 'orders')
    expect(leaderEpochs.sort((a, b) => a - b)).toEqual([1, 1, 2])
    await second.close()
    const third = await start({ dataDir, brokers: 3 })
    const again = await describeTopic(await connectTo(third.brokers[0]!), 'orders')
    expect(again.leaderEpochs.sort((a, b) => a - b)).toEqual([2, 2, 4])
  })

  test('with several replicas, and each partition is led by the broker that has its records', async () => {
    const dataDir = temporaryRoot()
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const topics = names.map((name) => ({ name, replicas: 3 }))
    const first = await start({ dataDir, brokers: 3, topics })
    const leaderOf = async ({ brokers }: Cluster, name: string) => {
      const { leaders } = await describeTopic(await connectTo(brokers[0]!), name)
      return connectTo(brokers.find(({ id }) => id === leaders[0])!)
    }
    for (const name of names) await produce(await leaderOf(first, name), name, [name])
    await first.close()
    const second = await start({ dataDir, brokers: 3 })
    for (const name of names) {
      const { records } = await fetch(await leaderOf(second, name), name, 0)
      expect(records).toEqual([{ offset: 0, value: name }])
    }
  })
})
