import { Kafka } from 'kafkajs'
import { startCluster } from 'odradek'

const cluster = await startCluster({ topics: [{ name: 'orders', partitions: 3 }] })
const kafka = new Kafka({ brokers: [cluster.bootstrapServers] })
const producer = kafka.producer()
await producer.connect()
const messages = [{ key: 'o-1', value: '2 chairs' }]
const [{ partition, baseOffset }] = await producer.send({ topic: 'orders', messages })
console.log(`stored in partition ${partition} at offset ${baseOffset}`)
await producer.disconnect()
await cluster.close()
