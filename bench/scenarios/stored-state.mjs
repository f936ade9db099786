/** @import { RunningBroker, Scenario } from '../types.ts' */
import { withBrokerOn, withDataDir } from '../brokers/with-broker.mjs'
import { runClient } from '../clients/client-process.mjs'
import { createTopic } from '../clients/kafkajs.mjs'
import { cpuSecondsOf } from '../measure/process-usage.mjs'
import { projectPath } from '../project.mjs'

const topic = 'records'

/**
 * A broker starts with 100,000 producers in one partition, with 100,000 transactional ids, or with
 * 10,000 groups: after a clean stop and after `kill -9`. The first answer is that to one more.
 *
 * @param {string} name
 * @param {string} title
 * @param {{ kind: 'idempotent' | 'transactional' | 'group', unit: string, of: number }} state
 * @returns {Scenario}
 */
function recovering(name, title, { kind, unit, of }) {
  return {
    name,
    figures: [
      { name: 'create', title, unit: `µs/${unit}`, decimals: 0 },
      { name: 'start', title: '— start, to the first answer', unit: 'ms', decimals: 0 },
      { name: 'startCpu', title: '— CPU of it', unit: 'ms', decimals: 0 },
      { name: 'recovery', title: '— start after kill -9', unit: 'ms', decimals: 0 },
      { name: 'recoveryCpu', title: '— CPU of it', unit: 'ms', decimals: 0 },
    ],

    run: (context) =>
      withDataDir(context.kind, async (dataDir) => {
        const count = Math.round(of * context.scale)
        const create = await withBrokerOn(dataDir, context, async (broker) => {
          if (kind !== 'transactional') await createTopic(broker, topic)
          return ((await createState(broker, kind, count)) * 1e6) / count
        })
        const started = await withBrokerOn(dataDir, context, async (broker) => {
          const figures = await firstAnswer(broker, kind)
          process.kill(broker.pid, 'SIGKILL')
          return figures
        })
        const recovered = await withBrokerOn(dataDir, context, (broker) =>
          firstAnswer(broker, kind),
        )
        return {
          create,
          start: started.ms,
          startCpu: started.cpuMs,
          recovery: recovered.ms,
          recoveryCpu: recovered.cpuMs,
        }
      }),
  }
}

/**
 * @param {RunningBroker} broker
 * @param {string} kind
 * @param {number} count
 * @returns {Promise<number>} the broker's CPU time in seconds
 */
async function createState(broker, kind, count) {
  const command = [process.execPath, projectPath('bench/clients/raw-state.mjs')]
  const { brokerCpuSeconds } = await runClient(broker, command, { port: broker.port, kind, count })
  return brokerCpuSeconds
}

/**
 * @param {RunningBroker} broker
 * @param {string} kind
 */
async function firstAnswer(broker, kind) {
  const startMs = performance.now()
  await createState(broker, kind, 1)
  return {
    ms: broker.readyMs + performance.now() - startMs,
    cpuMs: cpuSecondsOf(broker.pid) * 1_000,
  }
}

/** @type {readonly Scenario[]} */
export const storedStateScenarios = [
  recovering('many-producers', '100,000 producers in a partition, broker CPU', {
    kind: 'idempotent',
    unit: 'producer',
    of: 100_000,
  }),
  recovering('many-transactional-ids', '100,000 transactional ids, broker CPU', {
    kind: 'transactional',
    unit: 'producer',
    of: 100_000,
  }),
  recovering('many-groups', '10,000 groups with an offset, broker CPU', {
    kind: 'group',
    unit: 'group',
    of: 10_000,
  }),
]
