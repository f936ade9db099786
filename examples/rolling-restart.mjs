// All brokers restart, one after the other, while a producer works. Nothing is lost.
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

const topics = [{ name: 'payments', partitions: 3, replicas: 3 }]
const cluster = await startCluster({ brokers: 3, topics })
const kafka = new Kafka({
  brokers: cluster.bootstrapServers.split(','),
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 20, retries: 20 },
})
const producer = kafka.producer({ idempotent: true })
await producer.connect()

let sent = 0
await cluster.rollingRestart({
  onEach: async (id) => {
    await producer.send({ topic: 'payments', messages: [{ value: `after broker ${id}` }] })
    sent++
  },
})
const offsets = cluster.topic('payments').partitions.map(({ highWatermark }) => highWatermark)
console.log(`sent ${sent}, stored ${offsets.reduce((sum, offset) => sum + offset, 0)}`)

await producer.disconnect()
await cluster.close()
