/** @import { ClientRun, RunningBroker, Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic } from '../clients/kafkajs.mjs'
import { librdkafka } from '../clients/librdkafka.mjs'

const topic = 'records'

/**
 * librdkafka fills a partition as fast as it can, then reads it twice; the second run counts.
 *
 * @param {{ name: string, recordBytes: number, millions: number, produceGoal: number, consumeGoal:
 * number }} options
 * @returns {Scenario}
 */
function throughput({ name, recordBytes, millions, produceGoal, consumeGoal }) {
  const size = recordBytes >= 1_024 ? `${recordBytes / 1_024} KB` : `${recordBytes} B`
  const unit = 'CPU-s/million'
  return {
    name,
    figures: [
      { name: 'produceCpu', title: `librdkafka produce, ${size}`, unit, goal: produceGoal },
      { name: 'produceRate', title: '— records acknowledged', unit: '1,000/s', decimals: 0 },
      { name: 'consumeCpu', title: `librdkafka consume, ${size}`, unit, goal: consumeGoal },
      { name: 'consumeRate', title: '— records read', unit: '1,000/s', decimals: 0 },
    ],

    run: (context) =>
      withBroker(context, async (broker) => {
        const count = Math.round(millions * 1e6 * context.scale)
        await createTopic(broker, topic)
        const produced = await run(broker, 'produce', recordBytes, count / 10, count)
        const consumed = await run(broker, 'consume', recordBytes, count, count)
        return {
          produceCpu: produced.cpuSecondsPerMillion,
          produceRate: produced.thousandsPerSecond,
          consumeCpu: consumed.cpuSecondsPerMillion,
          consumeRate: consumed.thousandsPerSecond,
        }
      }),
  }
}

/**
 * @param {RunningBroker} broker
 * @param {'produce' | 'consume'} what
 * @param {number} recordBytes
 * @param {number} warmUpCount
 * @param {number} count
 */
async function run(broker, what, recordBytes, warmUpCount, count) {
  const bootstrapServers = bootstrapServersOf(broker)
  const options = { bootstrapServers, topic, recordBytes, warmUpCount, count }
  /** @type {ClientRun<{ seconds: number }>} */
  const { result, brokerCpuSeconds } = await runClient(broker, librdkafka(what), options)
  return {
    cpuSecondsPerMillion: (brokerCpuSeconds * 1e6) / count,
    thousandsPerSecond: count / result.seconds / 1_000,
  }
}

export const librdkafka100B = throughput({
  name: 'librdkafka-100b',
  recordBytes: 100,
  millions: 4,
  produceGoal: 0.2,
  consumeGoal: 0.05,
})

export const librdkafka1KB = throughput({
  name: 'librdkafka-1kb',
  recordBytes: 1_024,
  millions: 1,
  produceGoal: 1.5,
  consumeGoal: 0.25,
})
