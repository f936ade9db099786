import { describe, expect, onTestFinished, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { Member } from './support/member.ts'
import { connectProducer, kafkaFor, transports } from './support/transports.ts'

const PARTITIONS = 6
const RETRY = { initialRetryTime: 20, maxRetryTime: 200, retries: 1000 }

describe.each(transports)('kafkajs clients %s', (_transport, optionsOf) => {
  test.each(['stop', 'kill'] as const)(
    'reconnect after %s() and start() of each broker, and lose no record',
    async (end) => {
      const cluster = await startCluster({
        brokers: 3,
        topics: [{ name: 'orders', partitions: PARTITIONS }],
        config: { 'offsets.topic.num.partitions': 3 },
        logLevel: 'silent',
      })
      onTestFinished(() => cluster.close())
      const kafka = kafkaFor(cluster, { ...optionsOf(cluster), retry: RETRY })
      const producer = await connectProducer(kafka, { retry: RETRY })
      const consumer = await Member.join(kafka, 'orders', { groupId: 'orders', retry: RETRY })
      const sent: string[] = []
      const send = async (round: string): Promise<void> => {
        const values = Array.from({ length: PARTITIONS }, (_, index) => `${round}-${index}`)
        sent.push(...values)
        const messages = values.map((value, partition) => ({ value, partition }))
        await producer.send({ topic: 'orders', messages })
      }
      /** Records may come twice when their acknowledgement was lost. */
      const receivesAll = async (): Promise<void> => {
        const missing = () => {
          const received = new Set(consumer.received.map(({ value }) => value))
          return sent.filter((value) => !received.has(value))
        }
        while (missing().length > 0) await consumer.receives(consumer.received.length + 1)
      }
      await send('before')
      await receivesAll()
      for (const { id } of cluster.brokers) {
        const broker = cluster.broker(id)
        await broker[end]()
        const sending = send(`without ${id}`)
        await broker.start()
        await sending
        await send(`with ${id}`)
        await receivesAll()
      }
    },
    60_000,
  )

  test('use a broker that is added', async () => {
    const cluster = await startCluster({ logLevel: 'silent' })
    onTestFinished(() => cluster.close())
    const kafka = kafkaFor(cluster, optionsOf(cluster))
    const admin = kafka.admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    const { id, port } = await cluster.addBroker()
    const { brokers } = await admin.describeCluster()
    expect(brokers.map(({ nodeId }) => nodeId)).toEqual([1, id])
    expect(brokers[1]).toMatchObject({ port })
    await admin.createTopics({
      topics: [{ topic: 'orders', replicaAssignment: [{ partition: 0, replicas: [id] }] }],
    })
    const producer = await connectProducer(kafka)
    await producer.send({ topic: 'orders', messages: [{ value: 'to the new one' }] })
    const consumer = await Member.join(kafka, 'orders', { groupId: 'orders' })
    expect((await consumer.receives(1)).map(({ value }) => value)).toEqual(['to the new one'])
  })
})
