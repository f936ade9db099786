/** @import { ClientRun, Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic, kafkajsClient } from '../clients/kafkajs.mjs'
import { librdkafka } from '../clients/librdkafka.mjs'

/**
 * A client produces compressed records, with each codec that it has, to a separate topic for each.
 *
 * @param {{
 *   client: 'librdkafka' | 'kafkajs'
 *   codecs: readonly string[]
 *   recordBytes: number
 *   count: number }} options
 * @returns {Scenario}
 */
function compressed({ client, codecs, recordBytes, count }) {
  const size = recordBytes >= 1_024 ? `${recordBytes / 1_024} KB` : `${recordBytes} B`
  return {
    name: `${client}-compressed-${size.replace(' ', '').toLowerCase()}`,
    figures: codecs.map((codec) => ({
      name: codec,
      title: `${client} produce ${codec}, ${size}`,
      unit: 'CPU-s/million',
    })),

    run: (context) =>
      withBroker(context, async (broker) => {
        /** @type {Record<string, number>} */
        const cpu = {}
        const scaled = Math.round(count * context.scale)
        for (const codec of codecs) {
          await createTopic(broker, codec)
          const command = client === 'kafkajs' ? kafkajsClient('produce') : librdkafka('produce')
          /** @type {ClientRun<{ seconds: number }>} */
          const { brokerCpuSeconds } = await runClient(broker, command, {
            bootstrapServers: bootstrapServersOf(broker),
            topic: codec,
            codec,
            recordBytes,
            batchCount: 1_000,
            warmUpCount: scaled / 10,
            count: scaled,
          })
          cpu[codec] = (brokerCpuSeconds * 1e6) / scaled
        }
        return cpu
      }),
  }
}

const byLibrdkafka = /** @type {const} */ ({
  client: 'librdkafka',
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
})
// zstd is a plugin of kafkajs and needs a Node that has it.
const byKafkajs = /** @type {const} */ ({
  client: 'kafkajs',
  codecs: ['none', 'gzip', 'snappy', 'lz4'],
})

/** @type {readonly Scenario[]} */
export const compressedScenarios = [
  compressed({ ...byLibrdkafka, recordBytes: 100, count: 2_000_000 }),
  compressed({ ...byLibrdkafka, recordBytes: 1_024, count: 400_000 }),
  compressed({ ...byKafkajs, recordBytes: 100, count: 500_000 }),
  compressed({ ...byKafkajs, recordBytes: 1_024, count: 200_000 }),
]
