/** @import { ClientRun, Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic, kafkajsClient } from '../clients/kafkajs.mjs'

const topic = 'records'
const requests = 20_000

/**
 * kafkajs repeatedly sends one record of 100 B and waits for its acknowledgement.
 *
 * @type {Scenario}
 */
export const roundTrip = {
  name: 'round-trip',
  figures: [
    { name: 'cpu', title: 'one-record produce, broker CPU', unit: 'µs', goal: 60, decimals: 0 },
    { name: 'p50', title: 'one-record produce, client p50', unit: 'ms', goal: 0.25 },
    { name: 'p99', title: 'one-record produce, client p99', unit: 'ms' },
  ],

  run: (context) =>
    withBroker(context, async (broker) => {
      await createTopic(broker, topic)
      const count = Math.round(requests * context.scale)
      /** @type {ClientRun<{ p50Ms: number, p99Ms: number }>} */
      const { result, brokerCpuSeconds } = await runClient(broker, kafkajsClient('round-trip'), {
        bootstrapServers: bootstrapServersOf(broker),
        topic,
        warmUpCount: count / 4,
        count,
      })
      return { cpu: (brokerCpuSeconds * 1e6) / count, p50: result.p50Ms, p99: result.p99Ms }
    }),
}
