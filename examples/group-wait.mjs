// Waits for consumers to form a group and to process everything, explains why they rebalanced, and
// lets them process the records again. Nothing sleeps or polls.
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

const cluster = await startCluster({ topics: [{ name: 'orders', partitions: 4 }] })
const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })

// The group need not exist yet.
const group = cluster.group('billing')
const formed = group.waitFor({ state: 'Stable', members: 2, assigned: true })
const billed = []
const consumers = [await start(), await start()]
for (const { assignment } of (await formed).members) {
  console.log(`a member has ${assignment.length} partitions`)
}
for (const { epoch, cause } of group.timeline) {
  console.log(`generation ${epoch}: ${cause.replace(/kafkajs-\S+/, '...')}`)
}

// Resolves when all records are processed and committed, however long that takes.
const producer = kafka.producer()
await producer.connect()
const messages = [{ value: 'chair' }, { value: 'table' }, { value: 'lamp' }]
await producer.send({ topic: 'orders', messages })
await group.waitFor({ caughtUp: true }, { timeoutMs: 30_000 })
console.log(`billed ${billed.length} of 3, lag ${lagOf(group)}`)

// A wait that fails shows the group.
await group.waitFor({ members: 3 }, { timeoutMs: 10 }).catch(({ code, message }) => {
  console.log(`${code}: ${message.split('\n')[0]}`)
})

// Everything again. Offsets can be set when the consumers have left.
await group.seek('earliest').catch(({ code }) => console.log(`too early: ${code}`))
await Promise.all(consumers.map((consumer) => consumer.disconnect()))
await group.waitFor({ state: 'Empty' })
await group.seek('earliest')
const again = await start()
await group.waitFor({ caughtUp: true })
console.log(`billed ${billed.length} in two runs`)

await again.disconnect()
await group.waitFor({ state: 'Empty' })
await group.delete()
console.log(`groups left: ${cluster.groups.length}`)
await producer.disconnect()
await cluster.close()

async function start() {
  const consumer = kafka.consumer({
    groupId: 'billing',
    maxWaitTimeInMs: 100,
    heartbeatInterval: 50,
  })
  await consumer.connect()
  await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void billed.push(message.value) })
  return consumer
}

function lagOf({ offsets }) {
  return offsets.reduce((total, { lag = 0 }) => total + lag, 0)
}
