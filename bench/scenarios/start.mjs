/** @import { Scenario } from '../types.ts' */
import { withBroker } from '../brokers/with-broker.mjs'
import { cpuSecondsOf } from '../measure/process-usage.mjs'

/**
 * From the exec of the broker's process, on an empty (for Kafka: formatted) data directory, to its
 * first response.
 *
 * @type {Scenario}
 */
export const start = {
  name: 'start',
  figures: [
    { name: 'ready', title: 'exec to ready', unit: 'ms', goal: 250, decimals: 0 },
    { name: 'cpu', title: '— CPU time of it', unit: 'ms', decimals: 0 },
  ],
  run: (context) =>
    withBroker(context, async ({ pid, readyMs }) => {
      return { ready: readyMs, cpu: cpuSecondsOf(pid) * 1_000 }
    }),
}
