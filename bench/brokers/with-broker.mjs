/** @import { RunningBroker, ScenarioContext } from '../types.ts' */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.mjs'

/**
 * Runs a broker of the context's kind on an empty data directory for as long as `use` takes,
 * then ends it and removes the directory; also when the driver is interrupted.
 *
 * @template Result
 * @param {ScenarioContext} context
 * @param {(broker: RunningBroker) => Promise<Result>} use
 * @returns {Promise<Result>}
 */
export async function withBroker({ kind, port, nodeArguments }, use) {
  const dataDir = mkdtempSync(join(tmpdir(), `odradek-bench-${kind.name}-`))
  const removeData = () => rmSync(dataDir, { recursive: true, force: true })
  try {
    const broker = await kind.start({ port: await freePort(port), dataDir, nodeArguments })
    const interrupted = () => {
      void broker
        .stop()
        .finally(removeData)
        .finally(() => process.exit(130))
    }
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
    try {
      return await use(broker)
    } finally {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
      await broker.stop()
    }
  } finally {
    removeData()
  }
}
