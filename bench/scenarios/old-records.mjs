/** @import { RunningBroker, Scenario } from '../types.ts' */
import { join } from 'node:path'
import { enlarge } from '../brokers/large-log.mjs'
import { withBrokerOn, withDataDir } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic, kafkajs } from '../clients/kafkajs.mjs'
import { librdkafka } from '../clients/librdkafka.mjs'
import { forgetPeakMemory, memoryOf } from '../measure/process-usage.mjs'

const topic = 'records'
const segmentCount = 10
const consumerCount = 10

/**
 * Ten consumers read a log of 10 GB concurrently, each another tenth of it.
 *
 * @type {Scenario}
 */
export const oldRecords = {
  name: 'old-records',
  isOfOdradek: true,
  figures: [
    { name: 'added', title: 'ten consumers of 10 GB, memory', unit: 'MB', goal: 100, decimals: 0 },
  ],

  run: (context) =>
    withDataDir(context.kind, async (dataDir) => {
      await withBrokerOn(dataDir, context, storeOne)
      const recordCount = enlarge(join(dataDir, '1'), topic, segmentCount)
      return withBrokerOn(dataDir, context, (broker) =>
        consumeAll(broker, recordCount, context.scale),
      )
    }),
}

/**
 * Creates the partition with one record, which is replaced.
 *
 * @param {RunningBroker} broker
 */
async function storeOne(broker) {
  await createTopic(broker, topic)
  const producer = kafkajs(bootstrapServersOf(broker)).producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'first' }] })
  await producer.disconnect()
}

/**
 * @param {RunningBroker} broker
 * @param {number} recordCount
 * @param {number} scale
 */
async function consumeAll(broker, recordCount, scale) {
  const tenth = recordCount / consumerCount
  const count = Math.floor(tenth * scale)
  const { residentMb } = memoryOf(broker.pid)
  forgetPeakMemory(broker.pid)
  await runClient(broker, librdkafka('consume_apart'), {
    bootstrapServers: bootstrapServersOf(broker),
    topic,
    offsets: Array.from({ length: consumerCount }, (_, index) => index * tenth),
    count,
  })
  return { added: memoryOf(broker.pid).peakResidentMb - residentMb }
}
