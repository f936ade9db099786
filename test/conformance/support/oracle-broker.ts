import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClusterOptions } from '../../../src/index.ts'
import { run } from '../setup/command.ts'
import type { Broker } from './broker.ts'

const kafka = fileURLToPath(new URL('../../../../shared/tools/real-kafka/kafka', import.meta.url))
const firstPort = Number(process.env['ODRADEK_ORACLE_PORT'] ?? 19400)

let started = 0

/**
 * Starts a real Apache Kafka, to test the tests. Needs Java, Maven and the oracle tool next to this
 * checkout.
 */
export async function startOracle(config: ClusterOptions['config'] = {}): Promise<Broker> {
  if (!existsSync(kafka)) throw new Error('ODRADEK_ORACLE=1 needs the oracle tool of shared/tools')
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 1)
  // The tool uses controller ports 50 above the broker ports, so 48 brokers fit between them.
  const port = firstPort + (worker - 1) * 6 + (started++ % 6)
  const dataDir = await mkdtemp(join(tmpdir(), 'odradek-oracle-'))
  const settings = Object.entries(config).map(([name, value]) => `${name}=${value}`)
  const up = () => run(kafka, ['up', '1', String(port), dataDir, ...settings])
  const down = () => run(kafka, ['down', dataDir])
  await up()
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    dataDir: join(dataDir, 'node1'),
    restart: async () => {
      await down()
      await up()
    },
    stop: async () => {
      await down()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
