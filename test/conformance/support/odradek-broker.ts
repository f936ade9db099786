import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterOptions } from '../../../src/index.ts'
import { startCluster } from '../../../src/index.ts'
import { portsInARow } from '../../cluster/support/ports.ts'
import type { Broker } from './broker.ts'

/** Starts the broker of this repository, in this process, on its own data directory. */
export async function startOdradek(options: ClusterOptions = {}): Promise<Broker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'odradek-conformance-'))
  const port = await portsInARow(1)
  let cluster = await startCluster({ ...options, dataDir, port })
  return {
    bootstrapServers: cluster.bootstrapServers,
    dataDir,
    get cluster() {
      return cluster
    },
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
