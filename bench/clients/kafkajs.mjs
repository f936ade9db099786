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
 * @param {'produce' | 'round-trip' | 'group-join' | 'first-record'} what
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
 * @param {number} numPartitions
 */
export async function createTopic(broker, topic, numPartitions = 1) {
  const admin = kafkajs(bootstrapServersOf(broker)).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true })
  await admin.disconnect()
}

/**
 * Creates a topic and writes one record of one byte into each of its partitions.
 *
 * @param {RunningBroker} broker
 * @param {string} topic
 * @param {number} numPartitions
 */
export async function createFilledTopic(broker, topic, numPartitions) {
  await createTopic(broker, topic, numPartitions)
  const producer = kafkajs(bootstrapServersOf(broker)).producer()
  await producer.connect()
  const messages = Array.from({ length: numPartitions }, (_, partition) => ({
    partition,
    value: 'x',
  }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}
