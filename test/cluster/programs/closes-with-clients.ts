// A consumer polls an idle topic when the cluster closes. Afterwards nothing may keep the process
// alive.
import kafkajs from 'kafkajs'
import { startCluster } from '../../../src/index.ts'

const cluster = await startCluster({ topics: [{ name: 'orders' }], logLevel: 'silent' })
const kafka = new kafkajs.Kafka({
  brokers: cluster.bootstrapServers.split(','),
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { retries: 0, restartOnFailure: async () => false },
})
const consumer = kafka.consumer({ groupId: 'group', maxWaitTimeInMs: 600_000 })
const crashed = new Promise((resolve) => consumer.on('consumer.crash', resolve))
await consumer.connect()
await consumer.subscribe({ topic: 'orders' })
const fetching = new Promise((resolve) => consumer.on('consumer.fetch_start', resolve))
await consumer.run({ eachMessage: async () => {} })
await fetching
await cluster.close()
await crashed
await consumer.disconnect()
console.log(JSON.stringify('closed'))
