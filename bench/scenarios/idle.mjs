/** @import { Scenario } from '../types.ts' */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { withBroker } from '../brokers/with-broker.mjs'
import { cpuSecondsOf, memoryOf } from '../measure/process-usage.mjs'

/** V8 collects the garbage of the start once, after about eight seconds. */
const settleMs = 12_000
const observeMs = 10_000

/**
 * An idle broker: its memory when it has settled, and its CPU time.
 *
 * @type {Scenario}
 */
export const idle = {
  name: 'idle',
  figures: [
    { name: 'memory', title: 'idle memory', unit: 'MB', decimals: 0 },
    { name: 'aboveNode', title: 'idle memory above bare Node', unit: 'MB', goal: 60, decimals: 0 },
    { name: 'cpu', title: 'idle CPU', unit: '%', goal: 0 },
  ],

  async run(context) {
    const isNode = context.kind.packageDir !== undefined
    const bareNodeMb = isNode ? await bareNodeMemoryMb() : 0
    return withBroker(context, async ({ pid }) => {
      await delay(settleMs)
      const cpuBefore = cpuSecondsOf(pid)
      const observedMs = observeMs * Math.min(1, context.scale)
      await delay(observedMs)
      const cpuSeconds = cpuSecondsOf(pid) - cpuBefore
      const { residentMb } = memoryOf(pid)
      const cpu = (cpuSeconds * 100_000) / observedMs
      return { memory: residentMb, cpu, ...(isNode && { aboveNode: residentMb - bareNodeMb }) }
    })
  },
}

async function bareNodeMemoryMb() {
  const node = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2 ** 30)'])
  await delay(500)
  const { residentMb } = memoryOf(node.pid ?? 0)
  node.kill()
  await once(node, 'exit')
  return residentMb
}
