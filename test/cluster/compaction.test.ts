import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { OffsetCommit } from '../../src/protocol/messages/index.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'

const commits = 350

test('compacted topics are cleaned while the broker runs, and groups still find their offsets', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'odradek-compaction-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const start = () =>
    startCluster({
      dataDir,
      logLevel: 'silent',
      config: {
        'log.cleaner.backoff.ms': 20,
        'log.cleaner.min.cleanable.ratio': 0.01,
        'offsets.topic.segment.bytes': 1024 * 1024,
        'offsets.topic.num.partitions': 1,
      },
    })
  const connectClient = async (bootstrapServers: string) => {
    const kafka = new kafkajs.Kafka({
      brokers: bootstrapServers.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
      connectionTimeout: 30_000,
    })
    const admin = kafka.admin()
    await admin.connect()
    return { kafka, admin }
  }
  const directoryOf = (name: string) => join(dataDir, '1', name)
  const isCleaned = (name: string) =>
    vi.waitFor(
      () => {
        const path = join(dataDir, '1', 'cleaner-offset-checkpoint')
        expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${name} 0 [1-9]`, 'm'))
      },
      { timeout: 60_000, interval: 20 },
    )

  const cluster = await start()
  const { kafka, admin } = await connectClient(cluster.bootstrapServers)
  const configEntries = [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'segment.bytes', value: `${1024 * 1024}` },
  ]
  await admin.createTopics({ topics: [{ topic: 'table', numPartitions: 1, configEntries }] })
  const producer = kafka.producer()
  await producer.connect()
  for (let round = 0; round < 30; round++) {
    const messages = ['a', 'b'].map((key) => ({ key, value: `${round} `.padEnd(50_000, key) }))
    await producer.send({ topic: 'table', messages })
  }
  await producer.disconnect()
  await commitOften(admin, cluster.bootstrapServers)
  await isCleaned('table')
  await isCleaned('__consumer_offsets')
  await admin.disconnect()
  await cluster.close()
  const files = readdirSync(directoryOf('table-0'))
  const sizes = files
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(directoryOf('table-0'), name)).length)
  expect(sizes.reduce((total, size) => total + size, 0)).toBeLessThan(2_200_000)

  const again = await start()
  onTestFinished(() => again.close())
  const { kafka: client, admin: other } = await connectClient(again.bootstrapServers)
  onTestFinished(() => other.disconnect())
  const [offsets] = await other.fetchOffsets({ groupId: 'group', topics: ['table'] })
  expect(offsets!.partitions).toMatchObject([{ partition: 0, offset: `${commits}` }])
  expect(await lastValues(client)).toEqual({ a: '29', b: '29' })
})

/** Commits until the offsets topic has a second segment. */
async function commitOften(admin: kafkajs.Admin, bootstrapServers: string): Promise<void> {
  const partitions = [{ partition: 0, offset: '0' }]
  await admin.setOffsets({ groupId: 'group', topic: 'table', partitions })
  const [host, port] = bootstrapServers.split(':')
  const socket = connect(Number(port), host)
  const connection = new KafkaConnection(socket)
  for (let offset = 1; offset <= commits; offset++) {
    const partition = { partitionIndex: 0, committedOffset: offset }
    const { topics } = await connection.call(OffsetCommit, 8, {
      groupId: 'group',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [
        {
          name: 'table',
          topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
          partitions: [{ ...partition, committedMetadata: 'why '.padEnd(4000, 'so ') }],
        },
      ],
    })
    expect(topics[0]!.partitions[0]!.errorCode).toBe(0)
  }
  socket.destroy()
}

/**
 * Returns the start of the last value of each key, as a consumer reads it from the start to the
 * end.
 */
async function lastValues(kafka: kafkajs.Kafka): Promise<Record<string, string>> {
  const consumer = kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 10 })
  await consumer.connect()
  onTestFinished(() => consumer.disconnect())
  await consumer.subscribe({ topic: 'table', fromBeginning: true })
  const values: Record<string, string> = {}
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        values[message.key!.toString()] = message.value!.toString().split(' ')[0]!
        if (message.offset === '59') resolve()
      },
    })
  })
  return values
}
