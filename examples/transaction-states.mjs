// Watches a transactional id, holds a transaction between its commit and its markers, lets one
// expire, and fences a zombie: the situations that transactional programs must survive.
import { Kafka, logLevel } from 'kafkajs'
import { ManualClock, startCluster } from 'odradek'

const clock = new ManualClock(Date.now())
const cluster = await startCluster({ clock, topics: [{ name: 'payments' }] })
const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })

// The producer need not exist yet.
const transaction = cluster.transaction('bank')
transaction.onTransition(({ state, previousState }) => {
  if (state !== previousState) console.log(`bank is ${state}`)
})

const consumer = kafka.consumer({ groupId: 'branch', maxWaitTimeInMs: 100 })
await consumer.connect()
await consumer.subscribe({ topics: ['payments'], fromBeginning: true })
const received = []
const both = new Promise((resolve) => {
  void consumer.run({
    eachMessage: async ({ message }) => {
      if (received.push(String(message.value)) === 2) resolve()
    },
  })
})

// Committed, but the markers are held back: consumers must not see the payment yet.
const producer = await connect()
const hold = transaction.hold('PrepareCommit')
await pay(producer, '10 to Ada')
const { partitions } = await hold.reached
console.log(`held: ${partitions.length} partition, received: ${received.length}`)
hold.release()
await transaction.waitFor('CompleteCommit')

// The program forgets a transaction, and its time ends. Moving the clock does the same.
const forgotten = await producer.transaction()
await forgotten.send({ topic: 'payments', messages: [{ value: '20 to Bob' }] })
await clock.advance(5_000)
console.log(`open for ${transaction.ageMs} ms of ${transaction.timeoutMs} ms`)
await transaction.expire()
await forgotten.commit().catch(({ type }) => console.log(`too late: ${type}`))

// A second instance of the program takes over. The first one is a zombie now.
const second = await connect()
const zombie = await second.transaction()
await zombie.send({ topic: 'payments', messages: [{ value: '30 to Eve' }] })
const third = await connect()
await pay(third, '40 to Joe')
await zombie.commit().catch(({ type }) => console.log(`fenced: ${type}`))

await both
console.log(`received: ${received.join(', ')}`)

await Promise.all([consumer, producer, second, third].map((client) => client.disconnect()))
await cluster.close()

async function connect() {
  const options = { transactionalId: 'bank', idempotent: true, maxInFlightRequests: 1 }
  const connected = kafka.producer(options)
  await connected.connect()
  return connected
}

async function pay(from, value) {
  const payment = await from.transaction()
  await payment.send({ topic: 'payments', messages: [{ value }] })
  await payment.commit()
}
