/** @import { BrokerKind, StartOptions, RunningBroker } from '../types.ts' */
import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cachePath, projectPath } from '../project.mjs'
import { freePort } from './free-port.mjs'
import { answersRequests } from './ready.mjs'

const run = promisify(execFile)

/** A script with `up N PORT DIR` and `down DIR`, which formats a directory and runs Kafka in it. */
export const kafkaTool =
  process.env['REAL_KAFKA'] ?? projectPath('../shared/tools/real-kafka/kafka')

/**
 * A data directory that `kafka-storage format` has formatted, so that a start does not include it.
 */
const formatted = cachePath('kafka-formatted-4.4')

/**
 * What `kafka-storage format` writes: without the checkpoint the cluster would have level 0 of all
 * features but `metadata.version`.
 */
const formattedFiles = [
  'meta.properties',
  '__cluster_metadata-0/00000000000000000000-0000000000.checkpoint',
]
const formattingPort = 19_540

/**
 * Apache Kafka: one KRaft node as broker and controller.
 *
 * @type {BrokerKind}
 */
export const kafka = {
  name: 'kafka',

  async prepare() {
    if (!existsSync(kafkaTool)) return `there is no ${kafkaTool} (REAL_KAFKA names another one)`
    if (!existsSync(formatted)) await format()
    return undefined
  },

  async start({ port, dataDir }) {
    cpSync(formatted, dataDir, { recursive: true })
    return startNode({ port, dataDir })
  },
}

async function format() {
  const dataDir = mkdtempSync(join(tmpdir(), 'odradek-bench-format-'))
  const node = await startNode({ port: await freePort(formattingPort), dataDir })
  await node.stop()
  for (const file of formattedFiles) {
    cpSync(join(dataDir, 'node1', file), join(formatted, 'node1', file))
  }
  rmSync(dataDir, { recursive: true, force: true })
}

/**
 * @param {StartOptions} options
 * @returns {Promise<RunningBroker>}
 */
async function startNode({ port, dataDir }) {
  const startMs = performance.now()
  const up = spawn(kafkaTool, ['up', '1', `${port}`, dataDir], { stdio: 'ignore' })
  const stop = async () => {
    if (existsSync(join(dataDir, 'pids'))) await run(kafkaTool, ['down', dataDir])
  }
  const failure = () => (up.exitCode ? `kafka up ended with ${up.exitCode}` : undefined)
  try {
    await answersRequests(port, failure)
  } catch (error) {
    await stop()
    throw error
  }
  const readyMs = performance.now() - startMs
  const pid = Number(readFileSync(join(dataDir, 'pids'), 'utf8'))
  return { kind: 'kafka', port, pid, readyMs, stop }
}
