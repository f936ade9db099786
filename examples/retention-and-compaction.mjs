// What ages in Kafka over hours and days is had by moving the clock, or on demand: retention, and the compaction that
// leaves the last value of every key.
import { Kafka, logLevel } from 'kafkajs'
import { ManualClock, startCluster } from 'odradek'

const DAY_MS = 24 * 60 * 60 * 1000
const clock = new ManualClock(Date.now())
const cluster = await startCluster({
  clock,
  topics: [
    { name: 'visits', configs: { 'retention.ms': 7 * DAY_MS } },
    { name: 'customers', configs: { 'cleanup.policy': 'compact' } },
  ],
})
const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })
const producer = kafka.producer()
const admin = kafka.admin()
await Promise.all([producer.connect(), admin.connect()])

await producer.send({ topic: 'visits', messages: [{ value: 'of today' }] })
await clock.advance(8 * DAY_MS)
const [visits] = await admin.fetchTopicOffsets('visits')
console.log(`visits, eight days later: from offset ${visits.low} to ${visits.high}`)

for (const city of ['Prague', 'Vienna', 'Berlin']) {
  await producer.send({ topic: 'customers', messages: [{ key: 'franz', value: city }] })
}
const removed = await cluster.topic('customers').compact()
console.log(`compacted: ${removed.records} records fewer`)

const consumer = kafka.consumer({ groupId: 'letters' })
await consumer.connect()
await consumer.subscribe({ topics: ['customers'], fromBeginning: true })
const { offset, value } = await new Promise((resolve) => {
  void consumer.run({ eachMessage: async ({ message }) => resolve(message) })
})
console.log(`first record: offset ${offset}, ${value}`)

// A tombstone says that a key is gone. It is removed itself when delete.retention.ms, a day, has passed.
await producer.send({ topic: 'customers', messages: [{ key: 'franz', value: null }] })
await cluster.topic('customers').compact()
await clock.advance(DAY_MS)
const gone = await cluster.topic('customers').compact()
console.log(`a day after the tombstone: ${gone.records} record fewer`)

await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
await cluster.close()
