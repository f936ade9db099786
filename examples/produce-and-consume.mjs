import { Kafka } from 'kafkajs'
import { startCluster } from 'odradek'

const cluster = await startCluster({ topics: [{ name: 'orders', partitions: 3 }] })
const kafka = new Kafka({ brokers: [cluster.bootstrapServers] })

const producer = kafka.producer()
await producer.connect()
await producer.send({ topic: 'orders', messages: [{ key: 'o-1', value: '2 chairs' }] })

const consumer = kafka.consumer({ groupId: 'shipping' })
await consumer.connect()
await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
const order = await new Promise((resolve) => {
  void consumer.run({ eachMessage: async ({ message }) => resolve(message.value) })
})
console.log(`received ${order}`)

await consumer.disconnect()
await producer.disconnect()
await cluster.close()
