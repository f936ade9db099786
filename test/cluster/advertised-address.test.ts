import { connect, createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Kafka, logLevel, type ISocketFactory } from 'kafkajs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openDirectory, startCluster, type ClusterOptions } from '../../src/index.ts'
import {
  DescribeCluster,
  Fetch,
  FindCoordinator,
  Metadata,
  Produce,
} from '../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { portsInARow } from './support/ports.ts'
import { temporaryRoot } from './support/temporary-root.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)
const why = hasIpv6 ? '' : ' (skipped: there is no IPv6 here)'

async function start(options: ClusterOptions) {
  const cluster = await startCluster({ logLevel: 'silent', ...options })
  onTestFinished(() => cluster.close())
  return cluster
}

/** Sends a record to a topic and reads it back. */
async function roundTrip(kafka: Kafka): Promise<string> {
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: 'shipping', maxWaitTimeInMs: 10 })
  onTestFinished(() => consumer.disconnect())
  onTestFinished(() => producer.disconnect())
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'an order' }] })
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  return new Promise((resolve) => {
    void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
  })
}

describe('the advertised address', () => {
  test('is in every response that names brokers', async () => {
    const { cluster, call, connect } = await startTestCluster({
      brokers: 2,
      advertisedHost: 'kafka.test',
      advertisedPort: 9092,
      topics: [{ name: 'orders', partitions: 2 }],
    })
    const told = ['kafka.test:9092', 'kafka.test:9093']
    const text = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`
    expect(cluster.bootstrapServers).toBe(told.join(','))
    expect(cluster.brokers.map(text)).toEqual(told)
    for (const { listener, port } of cluster.brokers) {
      expect(listener.host).toBe('127.0.0.1')
      expect(listener.port).not.toBe(port)
    }
    const { topics, brokers } = await call(Metadata, 12, {
      topics: null,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
    expect(brokers.map(text)).toEqual(told)
    const described = await call(DescribeCluster, 2, {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers: false,
    })
    expect(described.brokers.map(text)).toEqual(told)
    const one = await call(FindCoordinator, 3, { key: 'a', coordinatorKeys: [] })
    expect(text(one)).toBe(told[one.nodeId - 1])
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const { coordinators } = await call(FindCoordinator, 4, { key: '', coordinatorKeys: keys })
    for (const each of coordinators) expect(text(each)).toBe(told[each.nodeId - 1])

    const { topicId, partitions } = topics.find(({ name }) => name === 'orders')!
    const ofSecond = partitions.find(({ leaderId }) => leaderId === 2)!.partitionIndex
    const records = encodeBatch([{ value: Buffer.from('a'), timestamp: 0 }])
    const first = await connect(1)
    const produced = await first.call(Produce, 12, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 'orders', topicId, partitionData: [{ index: ofSecond, records }] }],
    })
    expect(produced.nodeEndpoints.map(text)).toEqual([told[1]])
    const wanted = [{ partition: ofSecond, fetchOffset: 0, partitionMaxBytes: 1000 }]
    const fetched = await first.call(Fetch, 16, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [{ topic: '', topicId, partitions: wanted }],
      forgottenTopicsData: [],
    })
    expect(fetched.nodeEndpoints.map(text)).toEqual([told[1]])
  })

  test('can have its own host and port for each broker', async () => {
    const cluster = await start({
      brokers: [
        { advertisedHost: 'one.test', advertisedPort: 1001 },
        { advertisedPort: 2002 },
        { advertisedHost: '::2' },
      ],
      advertisedHost: 'all.test',
    })
    const { port } = cluster.brokers[2]!.listener
    expect(cluster.bootstrapServers).toBe(`one.test:1001,all.test:2002,[::2]:${port}`)
  })

  test('is the bound one by default', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const { brokers, bootstrapServers } = await start({ host })
      const [{ port, listener }] = brokers as [(typeof brokers)[0]]
      expect(bootstrapServers).toBe(`127.0.0.1:${port}`)
      expect(listener).toEqual({ host, port })
    }
  })

  test('also works for an opened directory', async () => {
    const dataDir = temporaryRoot()
    const made = await start({ dataDir, topics: [{ name: 'orders' }] })
    const kafka = new Kafka({ brokers: [made.bootstrapServers], logLevel: logLevel.NOTHING })
    await roundTrip(kafka)
    await made.close()
    const cluster = await openDirectory(dataDir, {
      advertisedHost: 'kafka.test',
      advertisedPort: 9092,
      logLevel: 'silent',
    })
    onTestFinished(() => cluster.close())
    expect(cluster.bootstrapServers).toBe('kafka.test:9092')
  })
})

describe('kafkajs reaches a cluster', () => {
  test('through a proxy whose address is the advertised one', async () => {
    const port = await portsInARow(1)
    const proxy = createServer((client) => {
      const upstream = connect(port, '127.0.0.1')
      client.on('error', () => upstream.destroy()).pipe(upstream)
      upstream.on('error', () => client.destroy()).pipe(client)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void proxy.close())
    const { port: advertisedPort } = proxy.address() as AddressInfo
    const { bootstrapServers } = await start({ port, advertisedPort, topics: [{ name: 'orders' }] })
    expect(bootstrapServers).toBe(`127.0.0.1:${advertisedPort}`)
    const kafka = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING })
    expect(await roundTrip(kafka)).toBe('an order')
  })

  test.skipIf(!hasIpv6)(`on an IPv6 address by a name for it${why}`, async () => {
    const { brokers } = await start({ host: '::1', topics: [{ name: 'orders' }] })
    const socketFactory: ISocketFactory = ({ host, port, onConnect }) =>
      connect({ host: host === 'ipv6' ? '::1' : host, port }, onConnect)
    const kafka = new Kafka({
      brokers: [`ipv6:${brokers[0]!.port}`],
      socketFactory,
      logLevel: logLevel.NOTHING,
    })
    expect(await roundTrip(kafka)).toBe('an order')
  })

  test.skipIf(!hasIpv6)(`inside the process as localhost, bound to IPv6${why}`, async () => {
    const { brokers, socketFactory } = await start({ host: '::1', topics: [{ name: 'orders' }] })
    const kafka = new Kafka({
      brokers: [`localhost:${brokers[0]!.port}`],
      socketFactory,
      logLevel: logLevel.NOTHING,
    })
    expect(await roundTrip(kafka)).toBe('an order')
  })

  test('in the process at an advertised address that only others can connect to', async () => {
    const { bootstrapServers, socketFactory } = await start({
      brokers: 2,
      advertisedHost: 'kafka.test',
      advertisedPort: 9092,
      topics: [{ name: 'orders', partitions: 2 }],
    })
    const brokers = bootstrapServers.split(',')
    const kafka = new Kafka({ brokers, socketFactory, logLevel: logLevel.NOTHING })
    expect(await roundTrip(kafka)).toBe('an order')
  })

  test('in the process if one broker advertises the address that another has bound', async () => {
    const port = await portsInARow(2)
    const cluster = await start({
      brokers: 2,
      port,
      advertisedPort: port + 1,
      topics: [{ name: 'orders', partitions: 2 }],
    })
    const { bootstrapServers, socketFactory } = cluster
    const brokers = bootstrapServers.split(',')
    const kafka = new Kafka({ brokers, socketFactory, logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    onTestFinished(() => admin.disconnect())
    await admin.connect()
    for (const partition of [0, 1]) {
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic: 'orders', messages: [{ value: 'a', partition }] })
      await producer.disconnect()
    }
    expect((await admin.fetchTopicOffsets('orders')).map(({ high }) => high)).toEqual(['1', '1'])
  })
})
