import { Kafka, logLevel } from 'kafkajs'
import { expect, inject, onTestFinished, test } from 'vitest'
import { startCluster, type Cluster } from '../../src/index.ts'
import { franzGoClient } from './support/drivers.ts'
import { runJavaTool } from './support/java-tools.ts'
import { runToEnd } from './support/processes.ts'

const { go, java, kcat } = inject('tools')
const values = ['one', 'two', 'three']

/**
 * Starts a cluster with a rack for each broker, and a topic with some records, whose leader is in
 * another rack than `near`. The leader gives no records to consumers of `near`: they have to read
 * from the follower.
 */
async function start(): Promise<{ cluster: Cluster; near: string }> {
  const cluster = await startCluster({
    brokers: [{ rack: 'r1' }, { rack: 'r2' }, { rack: 'r3' }],
    config: {
      'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
    },
    topics: [{ name: 'orders', replicas: 3 }],
    logLevel: 'silent',
  })
  onTestFinished(() => cluster.close())
  const kafka = new Kafka({
    brokers: cluster.bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: values.map((value) => ({ value })) })
  await producer.disconnect()
  const admin = kafka.admin()
  await admin.connect()
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] })
  await admin.disconnect()
  const { leader } = topics[0]!.partitions[0]!
  return { cluster, near: leader === 2 ? 'r3' : 'r2' }
}

test.skipIf(kcat.missing !== undefined)('kcat reads from the follower in its rack', async () => {
  const { cluster, near } = await start()
  const consume = ['-C', '-b', cluster.bootstrapServers, '-t', 'orders', '-o', 'beginning', '-e']
  const { stdout, stderr, exitCode } = await runToEnd('kcat', [
    ...consume,
    '-X',
    `client.rack=${near}`,
  ])
  expect(exitCode, stderr).toBe(0)
  expect(stdout.trim().split('\n')).toEqual(values)
})

test.skipIf(java.missing !== undefined)(
  'the Java consumer reads from the follower in its rack',
  async () => {
    const { cluster, near } = await start()
    const output = await runJavaTool(java, 'org.apache.kafka.tools.consumer.ConsoleConsumer', [
      '--bootstrap-server',
      cluster.bootstrapServers,
      '--topic',
      'orders',
      '--from-beginning',
      '--max-messages',
      String(values.length),
      '--command-property',
      `client.rack=${near}`,
    ])
    for (const value of values) expect(output).toContain(value)
  },
)

test.skipIf(go.missing !== undefined)('franz-go reads from the follower in its rack', async () => {
  const { cluster, near } = await start()
  const client = await franzGoClient(go).connect(cluster, { CLIENT_RACK: near })
  try {
    const records = await client.consume({ topic: 'orders', count: values.length })
    expect(records.map(({ value }) => value)).toEqual(values)
  } finally {
    await client.close()
  }
})

test('kafkajs reads from the follower in its rack', async () => {
  const { cluster, near } = await start()
  const kafka = new Kafka({
    brokers: cluster.bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
  })
  const consumer = kafka.consumer({ groupId: 'readers', rackId: near, maxWaitTimeInMs: 100 })
  onTestFinished(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const seen: string[] = []
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        if (seen.push(String(message.value)) === values.length) resolve()
      },
    })
  })
  expect(seen).toEqual(values)
})
