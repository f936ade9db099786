/** @import { RunningBroker } from '../types.ts' */
import { Kafka, logLevel } from 'kafkajs'
import { projectPath } from '../project.mjs'

/** @param {string} bootstrapServers */
export function kafkajs(bootstrapServers) {
  return new Kafka({ clientId: 'bench', brokers: [bootstrapServers], logLevel: logLevel.NOTHING })
}

/**
 * Returns the command of a kafkajs client.
 *
 * @param {'produce' | 'round-trip' | 'group-join'} what
 */
export function kafkajsClient(what) {
  return [process.execPath, projectPath(`bench/clients/kafkajs-${what}.mjs`)]
}

/** @param {RunningBroker} broker */
export function bootstrapServersOf(broker) {
  return `127.0.0.1:${broker.port}`
}

/**
 * @param {RunningBroker} broker
 * @param {string} topic
 */
export async function createTopic(broker, topic) {
  const admin = kafkajs(bootstrapServersOf(broker)).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
}
