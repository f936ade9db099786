// The same path as over TCP, without a socket of the operating system: kafkajs takes its connections from the cluster.
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

const cluster = await startCluster({ storage: 'memory' })
const kafka = new Kafka({
  brokers: [cluster.bootstrapServers],
  socketFactory: cluster.socketFactory,
  logLevel: logLevel.NOTHING,
})

const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic: 'audit', numPartitions: 2 }] })
console.log(await admin.listTopics())
await admin.disconnect()
await cluster.close()
