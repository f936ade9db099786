/** @import { ClientRun, Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { createTopic } from '../clients/kafkajs.mjs'
import { projectPath } from '../project.mjs'

const topic = 'records'
const members = 200
const partitions = 1_000

/**
 * 200 members join a group over 1,000 partitions at once.
 *
 * @param {string} name
 * @param {string} title
 * @param {'classic' | 'consumer'} protocol
 * @returns {Scenario}
 */
function largeGroup(name, title, protocol) {
  return {
    name,
    figures: [
      { name: 'stable', title: `${title}, time to stable`, unit: 'ms', decimals: 0 },
      { name: 'cpu', title: '— broker CPU', unit: 'ms', decimals: 0 },
    ],

    run: (context) =>
      withBroker(context, async (broker) => {
        await createTopic(broker, topic, partitions)
        const command = [process.execPath, projectPath('bench/clients/raw-group.mjs')]
        /** @type {ClientRun<{ stableMs: number }>} */
        const { result, brokerCpuSeconds } = await runClient(broker, command, {
          port: broker.port,
          protocol,
          topic,
          members: Math.round(members * context.scale),
          partitions,
        })
        return { stable: result.stableMs, cpu: brokerCpuSeconds * 1_000 }
      }),
  }
}

/** @type {readonly Scenario[]} */
export const largeGroupScenarios = [
  largeGroup('large-group-classic', '200 members, 1,000 partitions, classic', 'classic'),
  largeGroup('large-group-consumer', '200 members, 1,000 partitions, KIP-848', 'consumer'),
]
