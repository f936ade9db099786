// Serves partition directories of Kafka or Odradek as read-only topics. The files are not changed.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { openDirectory, startCluster } from 'odradek'

const directory = await mkdtemp(join(tmpdir(), 'example-'))
await makeBackup(directory)

const cluster = await openDirectory(join(directory, 'backup', 'orders-0'))
// Damaged files and everything else that is not served. skipCorruptBatches: true reads past damaged
// batches.
for (const { message } of cluster.problems) console.warn(message)
const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })
const consumer = kafka.consumer({ groupId: 'audit' })
await consumer.connect()
await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
const order = await new Promise((resolve) => {
  void consumer.run({ eachMessage: async ({ message }) => resolve(message.value) })
})
console.log(`from the backup: ${order}`)
await consumer.disconnect()

const producer = kafka.producer({ retry: { retries: 0 } })
await producer.connect()
const send = producer.send({ topic: 'orders', messages: [{ value: 'one more' }] })
console.log(`producing: ${await send.catch((error) => error.type)}`)
await producer.disconnect()
await cluster.close()
await rm(directory, { recursive: true })

/** Stands for a copy of `orders-0` from the `log.dirs` of a broker. */
async function makeBackup(root) {
  const source = await startCluster({ dataDir: join(root, 'data'), topics: [{ name: 'orders' }] })
  const client = new Kafka({ brokers: [source.bootstrapServers], logLevel: logLevel.NOTHING })
  const sender = client.producer()
  await sender.connect()
  await sender.send({ topic: 'orders', messages: [{ value: '2 chairs' }] })
  await sender.disconnect()
  await source.close()
  const partition = join('1', 'orders-0')
  await cp(join(root, 'data', partition), join(root, 'backup', 'orders-0'), { recursive: true })
}
