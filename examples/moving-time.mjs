// The broker uses the clock that the program moves. The client keeps its own timers. This example
// shows the timestamps that the broker gives to records, and the expiry of committed offsets.
import { Kafka, logLevel } from 'kafkajs'
import { ManualClock, startCluster } from 'odradek'

const DAY_MS = 24 * 60 * 60 * 1000
const clock = new ManualClock(Date.UTC(2030, 0, 1))
const cluster = await startCluster({
  clock,
  topics: [{ name: 'readings', configs: { 'message.timestamp.type': 'LogAppendTime' } }],
})
const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })
const producer = kafka.producer()
const admin = kafka.admin()
const consumer = kafka.consumer({ groupId: 'reports' })
await Promise.all([producer.connect(), admin.connect(), consumer.connect()])

await producer.send({ topic: 'readings', messages: [{ value: 'on New Year' }] })
await clock.advance(DAY_MS)
await producer.send({ topic: 'readings', messages: [{ value: 'the day after' }] })
const [found] = await admin.fetchTopicOffsetsByTimestamp('readings', Date.UTC(2030, 0, 2))
console.log(`first record of 2 January: offset ${found.offset}`)

await consumer.subscribe({ topics: ['readings'], fromBeginning: true })
await new Promise((resolve) => {
  void consumer.run({
    eachMessage: async ({ message }) => {
      console.log(`${new Date(Number(message.timestamp)).toISOString()} ${String(message.value)}`)
      if (message.offset === '1') resolve()
    },
  })
})
await consumer.disconnect()
console.log(`committed: ${await committed()}`)
await clock.advance(8 * DAY_MS)
console.log(`committed, eight days later: ${await committed()}`)

await Promise.all([producer.disconnect(), admin.disconnect()])
await cluster.close()

async function committed() {
  const [topic] = await admin.fetchOffsets({ groupId: 'reports', topics: ['readings'] })
  return topic.partitions[0].offset
}
