import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterOptions } from '../../../src/index.ts'
import { startCluster } from '../../../src/index.ts'
import type { Broker } from './broker.ts'

/** The broker of this repository, in this process, on a data directory of its own. */
export async function startOdradek(options: ClusterOptions = {}): Promise<Broker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'odradek-conformance-'))
  let cluster = await startCluster({ ...options, dataDir })
  const { bootstrapServers, brokers } = cluster
  const { port } = brokers[0]!
  return {
    bootstrapServers,
    dataDir,
    socketFactory: (args) => cluster.socketFactory(args),
    restart: async () => {
      await cluster.close()
      cluster = await startCluster({ ...options, dataDir, port })
    },
    stop: async () => {
      await cluster.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
