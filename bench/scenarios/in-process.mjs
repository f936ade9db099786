/** @import { Scenario } from '../types.ts' */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectPath } from '../project.mjs'

/** @typedef {{ importMs: number, startMs: number[], closeMs: number, cpuMs: number }} Started */

/**
 * Clusters in the process that uses them, each kind of start in a new process.
 *
 * @type {Scenario}
 */
export const inProcess = {
  name: 'in-process',
  isOfOdradek: true,
  figures: [
    { name: 'import', title: 'in process: import', unit: 'ms', decimals: 1 },
    {
      name: 'importAndStart',
      title: 'in process: import and first startCluster',
      unit: 'ms',
      goal: 100,
      decimals: 1,
    },
    { name: 'start', title: 'in process: startCluster', unit: 'ms', goal: 20, decimals: 1 },
    { name: 'second', title: 'in process: second cluster', unit: 'ms', goal: 5, decimals: 1 },
    { name: 'three', title: 'in process: three brokers', unit: 'ms', goal: 40, decimals: 1 },
    { name: 'close', title: 'in process: close', unit: 'ms', goal: 50, decimals: 1 },
    { name: 'cpu', title: 'in process: CPU of it all', unit: 'ms', decimals: 0 },
  ],

  async run({ kind: { packageDir = '' } }) {
    const one = await startInProcess(packageDir, [{}, {}])
    const three = await startInProcess(packageDir, [{ brokers: 3 }])
    const [start = Number.NaN, second = Number.NaN] = one.startMs
    return {
      import: one.importMs,
      importAndStart: one.importMs + start,
      start,
      second,
      three: three.startMs[0] ?? Number.NaN,
      close: one.closeMs,
      cpu: one.cpuMs,
    }
  },
}

/**
 * @param {string} packageDir
 * @param {readonly object[]} clusters the options of each
 * @returns {Promise<Started>}
 */
async function startInProcess(packageDir, clusters) {
  const packageEntry = join(packageDir, 'dist/esm/index.js')
  const { stdout } = await promisify(execFile)(process.execPath, [
    projectPath('bench/clients/in-process-start.mjs'),
    JSON.stringify({ packageEntry, clusters }),
  ])
  return JSON.parse(stdout)
}
