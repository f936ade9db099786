// kafkajs connects to the cluster without a TCP socket. Requests take the same path as over TCP.
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
