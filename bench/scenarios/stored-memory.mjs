/** @import { Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic } from '../clients/kafkajs.mjs'
import { librdkafka } from '../clients/librdkafka.mjs'
import { memoryOf } from '../measure/process-usage.mjs'

const topic = 'records'
const recordBytes = 1_024
const storedBytes = 1.8e9

/**
 * The peak memory of the broker while librdkafka stores 1.8 GB.
 *
 * @type {Scenario}
 */
export const storedMemory = {
  name: 'stored-memory',
  figures: [
    { name: 'peak', title: 'peak memory, storing 1.8 GB', unit: 'MB', goal: 150, decimals: 0 },
  ],

  run: (context) =>
    withBroker(context, async (broker) => {
      await createTopic(broker, topic)
      await runClient(broker, librdkafka('produce'), {
        bootstrapServers: bootstrapServersOf(broker),
        topic,
        recordBytes,
        warmUpCount: 0,
        count: Math.round((storedBytes / recordBytes) * context.scale),
      })
      return { peak: memoryOf(broker.pid).peakResidentMb }
    }),
}
