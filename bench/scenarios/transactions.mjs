/** @import { ClientRun, RunningBroker, Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic } from '../clients/kafkajs.mjs'
import { librdkafka } from '../clients/librdkafka.mjs'

const topic = 'records'
const transactions = 4_000
const recordBytes = 100

/**
 * librdkafka commits transactions, one after another for each producer.
 *
 * @param {string} name
 * @param {string} title
 * @param {{ producers: number, recordsPerTransaction: number }} options
 * @returns {Scenario}
 */
function committing(name, title, options) {
  return {
    name,
    figures: [
      { name: 'cpu', title: `${title}, broker CPU`, unit: 'µs/transaction', decimals: 0 },
      { name: 'rate', title: '— transactions', unit: '1/s', decimals: 0 },
    ],

    run: (context) =>
      withBroker(context, async (broker) => {
        await createTopic(broker, topic)
        const count = Math.round(transactions * context.scale)
        const { seconds, cpuSeconds } = await commit(broker, count, options)
        return { cpu: (cpuSeconds * 1e6) / count, rate: count / seconds }
      }),
  }
}

/**
 * @param {RunningBroker} broker
 * @param {number} count
 * @param {{ producers: number, recordsPerTransaction: number }} options
 */
async function commit(broker, count, options) {
  const bootstrapServers = bootstrapServersOf(broker)
  /** @type {ClientRun<{ seconds: number }>} */
  const { result, brokerCpuSeconds } = await runClient(broker, librdkafka('transactions'), {
    bootstrapServers,
    topic,
    warmUpCount: count / 4,
    count,
    ...options,
  })
  return { seconds: result.seconds, cpuSeconds: brokerCpuSeconds }
}

/**
 * librdkafka reads what was committed in transactions of 100 records, with each isolation level.
 *
 * @type {Scenario}
 */
const readCommitted = {
  name: 'read-committed',
  figures: [
    {
      name: 'committed',
      title: 'consume transactions of 100, read_committed',
      unit: 'CPU-s/million',
    },
    { name: 'uncommitted', title: '— read_uncommitted', unit: 'CPU-s/million' },
  ],

  run: (context) =>
    withBroker(context, async (broker) => {
      await createTopic(broker, topic)
      const recordsPerTransaction = 100
      const count = Math.round(2 * transactions * context.scale)
      await commit(broker, count, { producers: 1, recordsPerTransaction })
      const records = count * recordsPerTransaction
      return {
        committed: await consume(broker, records, 'read_committed'),
        uncommitted: await consume(broker, records, 'read_uncommitted'),
      }
    }),
}

/**
 * @param {RunningBroker} broker
 * @param {number} count
 * @param {string} isolationLevel
 */
async function consume(broker, count, isolationLevel) {
  const bootstrapServers = bootstrapServersOf(broker)
  const options = { bootstrapServers, topic, recordBytes, isolationLevel }
  /** @type {ClientRun<{ seconds: number }>} */
  const { brokerCpuSeconds } = await runClient(broker, librdkafka('consume'), {
    ...options,
    warmUpCount: count,
    count,
  })
  return (brokerCpuSeconds * 1e6) / count
}

/** @type {readonly Scenario[]} */
export const transactionScenarios = [
  committing('transactions-1', 'transactions of 1 record', {
    producers: 1,
    recordsPerTransaction: 1,
  }),
  committing('transactions-10', 'transactions of 10 records', {
    producers: 1,
    recordsPerTransaction: 10,
  }),
  committing('transactions-100', 'transactions of 100 records', {
    producers: 1,
    recordsPerTransaction: 100,
  }),
  committing('transactions-10-producers', 'ten producers, transactions of 10 records', {
    producers: 10,
    recordsPerTransaction: 10,
  }),
  readCommitted,
]
