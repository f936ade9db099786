/** @import { BrokerKind, RunningBroker, ScenarioContext } from '../types.ts' */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.mjs'

/**
 * Runs a broker of the context's kind on an empty data directory while `use` runs, then stops it
 * and removes the directory, also when the driver is interrupted.
 *
 * @template Result
 * @param {ScenarioContext} context
 * @param {(broker: RunningBroker) => Promise<Result>} use
 * @returns {Promise<Result>}
 */
export function withBroker(context, use) {
  return withDataDir(context.kind, (dataDir) => withBrokerOn(dataDir, context, use))
}

/**
 * Creates a data directory while `use` runs. Removes it also when the driver is interrupted.
 *
 * @template Result
 * @param {BrokerKind} kind
 * @param {(dataDir: string) => Promise<Result>} use
 * @returns {Promise<Result>}
 */
export async function withDataDir(kind, use) {
  const dataDir = mkdtempSync(join(tmpdir(), `odradek-bench-${kind.name.replaceAll('/', '_')}-`))
  const removeData = () => rmSync(dataDir, { recursive: true, force: true })
  process.once('exit', removeData)
  try {
    return await use(dataDir)
  } finally {
    process.off('exit', removeData)
    removeData()
  }
}

/**
 * Runs a broker on the data directory while `use` runs, then stops it, also when the driver is
 * interrupted.
 *
 * @template Result
 * @param {string} dataDir
 * @param {ScenarioContext} context
 * @param {(broker: RunningBroker) => Promise<Result>} use
 * @returns {Promise<Result>}
 */
export async function withBrokerOn(dataDir, { kind, port, nodeArguments }, use) {
  const broker = await kind.start({ port: await freePort(port), dataDir, nodeArguments })
  const interrupted = () => {
    void broker.stop().finally(() => process.exit(130))
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    return await use(broker)
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await broker.stop()
  }
}
