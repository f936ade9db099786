/** @import { ClientRun, Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic } from '../clients/kafkajs.mjs'
import { librdkafka } from '../clients/librdkafka.mjs'

const topic = 'records'
const records = 1_000_000
const recordBytes = 100

/**
 * A share consumer of librdkafka reads one partition and accepts every record (KIP-932).
 *
 * @type {Scenario}
 */
export const shareFetch = {
  name: 'share-fetch',
  figures: [
    { name: 'cpu', title: 'share consumer, 100 B, broker CPU', unit: 'CPU-s/million' },
    { name: 'rate', title: '— records', unit: '1/s', decimals: 0 },
  ],

  run: (context) =>
    withBroker(context, async (broker) => {
      await createTopic(broker, topic)
      const bootstrapServers = bootstrapServersOf(broker)
      const count = Math.round(records * context.scale)
      const warmUpCount = count / 10
      await runClient(broker, librdkafka('produce'), {
        bootstrapServers,
        topic,
        recordBytes,
        warmUpCount,
        count,
      })
      /** @type {ClientRun<{ seconds: number }>} */
      const { result, brokerCpuSeconds } = await runClient(broker, librdkafka('share_consume'), {
        bootstrapServers,
        topic,
        warmUpCount,
        count,
      })
      return { cpu: (brokerCpuSeconds * 1e6) / count, rate: count / result.seconds }
    }),
}
