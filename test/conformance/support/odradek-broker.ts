import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Broker } from './broker.ts'

interface Cluster {
  readonly bootstrapServers: string
  close(): Promise<void>
}

interface OdradekModule {
  startCluster(options: {
    port?: number
    dataDir?: string
    config?: Record<string, string>
  }): Promise<Cluster>
}

/** The broker of this repository, in this process, on a data directory of its own. */
export async function startOdradek(): Promise<Broker> {
  const url = new URL('../../../src/index.ts', import.meta.url).href
  const { startCluster } = (await import(url)) as OdradekModule
  const dataDir = await mkdtemp(join(tmpdir(), 'odradek-conformance-'))
  let cluster = await startCluster({ dataDir })
  const { bootstrapServers } = cluster
  const port = Number(bootstrapServers.slice(bootstrapServers.lastIndexOf(':') + 1))
  return {
    bootstrapServers,
    dataDir,
    restart: async () => {
      await cluster.close()
      cluster = await startCluster({ dataDir, port })
    },
    stop: async () => {
      await cluster.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
