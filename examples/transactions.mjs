// Exactly once with kafkajs: each order becomes one invoice, although the work on a batch fails in
// the middle and is repeated. The invoices and the consumed offsets are in one transaction.
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

const cluster = await startCluster({ topics: [{ name: 'orders' }, { name: 'invoices' }] })
const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })
const orders = ['2 chairs', '1 table', '4 lamps']

const shop = kafka.producer()
await shop.connect()
await shop.send({ topic: 'orders', messages: orders.map((value) => ({ value })) })

const producer = kafka.producer({
  transactionalId: 'billing',
  idempotent: true,
  maxInFlightRequests: 1,
})
await producer.connect()
const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 100 })
await consumer.connect()
await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
let attempts = 0
await new Promise((resolve) => {
  void consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      await bill(batch)
      if (batch.lastOffset() === String(orders.length - 1)) resolve()
    },
  })
})
await consumer.disconnect()

// This consumer reads only committed records, which is the default of kafkajs.
const auditor = kafka.consumer({ groupId: 'audit', maxWaitTimeInMs: 100 })
await auditor.connect()
await auditor.subscribe({ topics: ['invoices'], fromBeginning: true })
const invoices = []
await new Promise((resolve) => {
  void auditor.run({
    eachMessage: async ({ message }) => {
      if (invoices.push(String(message.value)) === orders.length) resolve()
    },
  })
})
for (const invoice of invoices) console.log(invoice)

const admin = kafka.admin()
await admin.connect()
const [billing] = await admin.fetchOffsets({ groupId: 'billing', topics: ['orders'] })
console.log(`committed offset: ${billing.partitions[0].offset}`)
const [{ offset }] = await admin.fetchTopicOffsets('invoices')
console.log(`the log also has the aborted attempt and two markers: ${offset} offsets`)

await Promise.all([shop, producer, auditor, admin].map((client) => client.disconnect()))
await cluster.close()

/** Writes the invoices of a batch and commits its offset, or does neither. */
async function bill(batch) {
  const { topic, partition } = batch
  const transaction = await producer.transaction()
  try {
    const messages = batch.messages.map(({ value }) => ({ value: `invoice for ${value}` }))
    await transaction.send({ topic: 'invoices', messages })
    if (++attempts === 1) throw new Error('the tax service does not answer')
    const offset = String(Number(batch.lastOffset()) + 1)
    const topics = [{ topic, partitions: [{ partition, offset }] }]
    await transaction.sendOffsets({ consumerGroupId: 'billing', topics })
    await transaction.commit()
  } catch (error) {
    await transaction.abort()
    console.log(`aborted: ${error.message}`)
    throw error // kafkajs delivers the batch again
  }
}
