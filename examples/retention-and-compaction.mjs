// Retention, and compaction to the last value of every key, take hours or days in Kafka. Here they
// happen when the clock moves, or on demand.
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

// A tombstone deletes a key. It is removed itself after delete.retention.ms, which is one day.
await producer.send({ topic: 'customers', messages: [{ key: 'franz', value: null }] })
await cluster.topic('customers').compact()
await clock.advance(DAY_MS)
const gone = await cluster.topic('customers').compact()
console.log(`a day after the tombstone: ${gone.records} record fewer`)

await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
await cluster.close()
