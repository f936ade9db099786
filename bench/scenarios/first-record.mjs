/** @import { ClientRun, Figure, RunningBroker, Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { javaClient } from '../clients/java.mjs'
import { bootstrapServersOf, createFilledTopic, kafkajsClient } from '../clients/kafkajs.mjs'
import { librdkafka } from '../clients/librdkafka.mjs'
import { median } from '../measure/statistics.mjs'

const topic = 'records'
const partitions = 2
const groups = 10

/**
 * kafkajs: from `run` to the first record, for the only consumer of a group, and for a second one
 * that joins it and must wait until the first has given up a partition.
 *
 * @type {Scenario}
 */
const kafkajsFirstRecord = {
  name: 'first-record',
  figures: [
    { name: 'first', title: 'kafkajs, run to first record, first group', unit: 'ms', decimals: 0 },
    { name: 'alone', title: '— later groups', unit: 'ms', goal: 17, decimals: 1 },
    { name: 'second', title: '— a second consumer', unit: 'ms', decimals: 1 },
    { name: 'cpu', title: '— broker CPU per group', unit: 'ms', decimals: 2 },
  ],

  run: (context) =>
    withBroker(context, async (broker) => {
      await createFilledTopic(broker, topic, partitions)
      /** @type {ClientRun<{ alone: number[], second: number[] }>} */
      const { result, brokerCpuSeconds } = await runClient(broker, kafkajsClient('first-record'), {
        bootstrapServers: bootstrapServersOf(broker),
        topic,
        groups,
      })
      const [first = Number.NaN, ...alone] = result.alone
      const cpu = (brokerCpuSeconds * 1_000) / groups
      return { first, alone: median(alone), second: median(result.second), cpu }
    }),
}

/**
 * A client with the consumer protocol (KIP-848): from `subscribe` to the first record.
 *
 * @param {string} client
 * @param {(broker: RunningBroker) => { command: readonly string[], options: object }} program
 * @returns {Scenario}
 */
function consumerProtocol(client, program) {
  /** @type {readonly Figure[]} */
  const figures = [
    { name: 'first', title: `${client}, KIP-848, first group`, unit: 'ms', decimals: 0 },
    { name: 'next', title: '— later groups', unit: 'ms', decimals: 1 },
    { name: 'cpu', title: '— broker CPU per group', unit: 'ms', decimals: 2 },
  ]
  return {
    name: `consumer-protocol-${client}`,
    figures,

    run: (context) =>
      withBroker(context, async (broker) => {
        await createFilledTopic(broker, topic, partitions)
        const { command, options } = program(broker)
        /** @type {ClientRun<{ firstRecordMs: number[] }>} */
        const { result, brokerCpuSeconds } = await runClient(broker, command, options)
        const [first = Number.NaN, ...next] = result.firstRecordMs
        return { first, next: median(next), cpu: (brokerCpuSeconds * 1_000) / groups }
      }),
  }
}

/** @type {readonly Scenario[]} */
export const firstRecordScenarios = [
  kafkajsFirstRecord,
  consumerProtocol('librdkafka', (broker) => ({
    command: librdkafka('first_record'),
    options: { bootstrapServers: bootstrapServersOf(broker), topic, groups, protocol: 'consumer' },
  })),
  consumerProtocol('java', (broker) => ({
    command: javaClient('FirstRecord', [
      bootstrapServersOf(broker),
      topic,
      String(groups),
      'consumer',
    ]),
    options: {},
  })),
]
