/** @import { RunningBroker, Scenario } from '../types.ts' */
import { withBrokerOn, withDataDir } from '../brokers/with-broker.mjs'
import { bootstrapServersOf, kafkajs } from '../clients/kafkajs.mjs'
import { cpuSecondsOf } from '../measure/process-usage.mjs'

const topic = 'records'
const partitions = 1_000
/** The time until background syncs are complete. */
const settledMs = 5_000

/**
 * A broker with a record in each of 1,000 partitions stops, starts, and stops again after another
 * record in each.
 *
 * @type {Scenario}
 */
export const storedPartitions = {
  name: 'stored-partitions',
  figures: [
    { name: 'stop', title: '1,000 written partitions, stop', unit: 'ms', decimals: 0 },
    { name: 'start', title: '— exec to ready', unit: 'ms', decimals: 0 },
    { name: 'startCpu', title: '— CPU of the start', unit: 'ms', decimals: 0 },
    { name: 'idleStop', title: '— stop, nothing written', unit: 'ms', decimals: 0 },
    { name: 'nextStart', title: '— start again', unit: 'ms', decimals: 0 },
    { name: 'nextStop', title: '— stop, a record more in each', unit: 'ms', decimals: 0 },
  ],

  run: (context) =>
    withDataDir(context.kind, async (dataDir) => {
      const count = Math.ceil(partitions * context.scale)
      const stop = await withBrokerOn(dataDir, context, async (broker) => {
        await createPartitions(broker, count)
        await produce(broker, count)
        return msToStop(broker)
      })
      const started = await withBrokerOn(dataDir, context, async (broker) => {
        const startCpu = cpuSecondsOf(broker.pid) * 1_000
        await new Promise((resolve) => setTimeout(resolve, settledMs))
        return { start: broker.readyMs, startCpu, idleStop: await msToStop(broker) }
      })
      const next = await withBrokerOn(dataDir, context, async (broker) => {
        await produce(broker, count)
        return { nextStart: broker.readyMs, nextStop: await msToStop(broker) }
      })
      return { stop, ...started, ...next }
    }),
}

/** @param {RunningBroker} broker */
async function msToStop(broker) {
  const startMs = performance.now()
  await broker.stop()
  return performance.now() - startMs
}

/**
 * @param {RunningBroker} broker
 * @param {number} count
 */
async function createPartitions(broker, count) {
  const admin = kafkajs(bootstrapServersOf(broker)).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: count }], waitForLeaders: true })
  await admin.disconnect()
}

/**
 * @param {RunningBroker} broker
 * @param {number} count
 */
async function produce(broker, count) {
  const producer = kafkajs(bootstrapServersOf(broker)).producer()
  await producer.connect()
  const messages = Array.from({ length: count }, (_, partition) => {
    return { partition, value: 'x'.repeat(100) }
  })
  await producer.send({ topic, messages })
  await producer.disconnect()
}
