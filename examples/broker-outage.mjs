// A broker dies and comes back while a producer works. Another one is stopped, and one is added.
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

const cluster = await startCluster({ brokers: 3, topics: [{ name: 'payments', partitions: 6 }] })
const kafka = new Kafka({
  brokers: cluster.bootstrapServers.split(','),
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 20 },
})
const producer = kafka.producer()
await producer.connect()
const messages = Array.from({ length: 60 }, (_, i) => ({ key: `account-${i}`, value: `${i}` }))

await producer.send({ topic: 'payments', messages })
await cluster.broker(2).kill()
console.log(`broker 2 is running: ${cluster.broker(2).isRunning}`)

// kafkajs sends again what the dead broker did not acknowledge, until the broker is back.
const sending = producer.send({ topic: 'payments', messages })
await cluster.broker(2).start()
await sending

// Another broker becomes the controller.
await cluster.broker(1).stop()
await cluster.broker(1).start()
console.log(`added broker ${(await cluster.addBroker()).id}`)

const admin = kafka.admin()
await admin.connect()
const offsets = await admin.fetchTopicOffsets('payments')
console.log(`${offsets.reduce((sum, { offset }) => sum + Number(offset), 0)} records`)

await producer.disconnect()
await admin.disconnect()
await cluster.close()
