// With a data directory, records and committed offsets survive a restart.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

const dataDir = mkdtempSync(join(tmpdir(), 'odradek-example-'))
const kafkaOf = (cluster) =>
  new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })

const before = await startCluster({ dataDir, topics: [{ name: 'journal' }] })
const producer = kafkaOf(before).producer()
await producer.connect()
await producer.send({ topic: 'journal', messages: [{ value: 'one' }] })
console.log(`read ${await readNext(before)}`)
await producer.send({ topic: 'journal', messages: [{ value: 'two' }] })
await producer.disconnect()
await before.close()
console.log(readdirSync(join(dataDir, '1', 'journal-0')).filter((name) => name.endsWith('.log')))

const after = await startCluster({ dataDir })
console.log(`same cluster: ${after.clusterId === before.clusterId}`)
console.log(`read ${await readNext(after)}`)
await after.close()
rmSync(dataDir, { recursive: true })

/** Returns the next record of the group. The consumer commits its offset when it disconnects. */
async function readNext(cluster) {
  const consumer = kafkaOf(cluster).consumer({ groupId: 'reader' })
  await consumer.connect()
  await consumer.subscribe({ topics: ['journal'], fromBeginning: true })
  const value = await new Promise((resolve) => {
    void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
  })
  await consumer.disconnect()
  return value
}
