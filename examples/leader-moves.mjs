// A partition gets another leader and other replicas while a producer works. A follower is held out
// of the in-sync replicas.
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

const topics = [{ name: 'payments', partitions: 1, replicas: 2 }]
const cluster = await startCluster({ brokers: 3, topics })
const kafka = new Kafka({
  brokers: cluster.bootstrapServers.split(','),
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 20, retries: 20 },
})
const producer = kafka.producer()
await producer.connect()
const send = (value) => producer.send({ topic: 'payments', messages: [{ value }] })

const payments = cluster.topic('payments').partition(0)
await send('1 EUR')
const follower = payments.replicas.find((id) => id !== payments.leader)
await payments.moveLeader(follower)
console.log(`epoch ${payments.leaderEpoch}, moved: ${payments.leader === follower}`)
await send('2 EUR')

const held = await payments.shrinkIsr(payments.replicas.filter((id) => id !== payments.leader))
console.log(`in sync: ${payments.isr.length}`)
await send('3 EUR')
await held.heal()
console.log(`in sync again: ${payments.isr.length}`)

await payments.setReplicas([3, 2, 1])
console.log(`replicas: ${payments.replicas.join(', ')}`)
console.log(`high watermark: ${payments.highWatermark}`)

await producer.disconnect()
await cluster.close()
