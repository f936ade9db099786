// Three brokers in one process. Partitions and coordinators are spread over them as in Kafka.
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

const cluster = await startCluster({ brokers: 3, topics: [{ name: 'payments', partitions: 6 }] })
const kafka = new Kafka({
  brokers: cluster.bootstrapServers.split(','),
  logLevel: logLevel.NOTHING,
})

const admin = kafka.admin()
await admin.connect()
const { brokers } = await admin.describeCluster()
console.log(`${brokers.length} brokers`)
const { topics } = await admin.fetchTopicMetadata({ topics: ['payments'] })
const leaders = topics[0].partitions.map(({ leader }) => leader)
for (const { id } of cluster.brokers) {
  console.log(`broker ${id} leads ${leaders.filter((leader) => leader === id).length} partitions`)
}

const producer = kafka.producer()
await producer.connect()
const messages = Array.from({ length: 60 }, (_, i) => ({ key: `account-${i}`, value: `${i}` }))
await producer.send({ topic: 'payments', messages })
const offsets = await admin.fetchTopicOffsets('payments')
console.log(`${offsets.reduce((sum, { offset }) => sum + Number(offset), 0)} records`)

await producer.disconnect()
await admin.disconnect()
await cluster.close()
