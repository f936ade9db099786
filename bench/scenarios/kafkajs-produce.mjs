/** @import { ClientRun, Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic, kafkajsClient } from '../clients/kafkajs.mjs'

const topic = 'records'

/**
 * kafkajs sends batches of 1,000 records, one after the other.
 *
 * @param {{ name: string, size: string, recordBytes: number, count: number, goal: number }} options
 * @returns {Scenario}
 */
function produce({ name, size, recordBytes, count, goal }) {
  const title = `kafkajs produce, batches of 1,000, ${size}`
  return {
    name,
    figures: [{ name: 'cpu', title, unit: 'CPU-s/million', goal }],

    run: (context) =>
      withBroker(context, async (broker) => {
        await createTopic(broker, topic)
        const scaled = count * context.scale
        /** @type {ClientRun<{ seconds: number }>} */
        const { brokerCpuSeconds } = await runClient(broker, kafkajsClient('produce'), {
          bootstrapServers: bootstrapServersOf(broker),
          topic,
          recordBytes,
          batchCount: 1_000,
          warmUpCount: scaled / 10,
          count: scaled,
        })
        return { cpu: (brokerCpuSeconds * 1e6) / scaled }
      }),
  }
}

export const kafkajsProduce100B = produce({
  name: 'kafkajs-100b',
  size: '100 B',
  recordBytes: 100,
  count: 1_000_000,
  goal: 0.3,
})

export const kafkajsProduce1KB = produce({
  name: 'kafkajs-1kb',
  size: '1 KB',
  recordBytes: 1_024,
  count: 400_000,
  goal: 1.7,
})
