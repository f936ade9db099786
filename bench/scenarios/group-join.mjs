/** @import { ClientRun, Scenario } from '../types.ts' */
import { median } from '../measure/statistics.mjs'
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic, kafkajsClient } from '../clients/kafkajs.mjs'

const topic = 'records'
const groups = 10

/**
 * kafkajs: from `connect` of a new consumer, the only one in its group, to its assignment, without
 * initial rebalance delay. The first group of a new broker also creates the offsets topic.
 *
 * @type {Scenario}
 */
export const groupJoin = {
  name: 'group-join',
  figures: [
    { name: 'first', title: 'kafkajs group join, first', unit: 'ms', goal: 40, decimals: 0 },
    { name: 'next', title: 'kafkajs group join, later ones', unit: 'ms', decimals: 1 },
    { name: 'cpu', title: '— broker CPU per group', unit: 'ms', decimals: 2 },
  ],

  run: (context) =>
    withBroker(context, async (broker) => {
      await createTopic(broker, topic)
      /** @type {ClientRun<{ joinMs: number[] }>} */
      const { result, brokerCpuSeconds } = await runClient(broker, kafkajsClient('group-join'), {
        bootstrapServers: bootstrapServersOf(broker),
        topic,
        groups,
      })
      const [first = Number.NaN, ...next] = result.joinMs
      return { first, next: median(next), cpu: (brokerCpuSeconds * 1_000) / groups }
    }),
}
