import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { RunningCluster } from '../../src/cluster/cluster.ts'
import type { ClusterEnvironment } from '../../src/cluster/environment.ts'
import { createLogger } from '../../src/cluster/logger.ts'
import { startClusterIn, type OptionsInEnvironment } from '../../src/cluster/start-cluster.ts'
import type { FileSystem } from '../../src/platform/file-system.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { systemNetwork } from '../../src/platform/network.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { systemTurn } from '../../src/platform/turn.ts'
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts'
import { KafkaConnection } from './kafka-connection.ts'

/**
 * A cluster on files that a test can access, with a clock that stands still, and typed requests to
 * it.
 */
export interface ClusterOn {
  readonly cluster: RunningCluster
  readonly clock: ManualClock
  /** Opens a new connection to a broker; default the first. */
  connect(brokerId?: number): Promise<KafkaConnection>
  /** Sends a request to the first broker, on a connection that all such requests share. */
  call<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>>
}

/**
 * Starts a cluster as with `dataDir`, with directories on the given file system. It is closed at
 * the end of the test.
 */
export async function startClusterOn(
  fileSystem: FileSystem,
  dataDirs: readonly string[],
  options: OptionsInEnvironment = {},
  parts: Partial<ClusterEnvironment> = {},
): Promise<ClusterOn> {
  const clock = new ManualClock()
  const environment: ClusterEnvironment = {
    clock,
    random: systemRandom,
    network: systemNetwork,
    storage: {
      fileSystem,
      isTemporary: false,
      directoriesOf: (brokerId) => dataDirs.map((path) => `${path}/${brokerId}`),
      release: () => {},
    },
    turn: systemTurn,
    logger: createLogger('silent', systemTurn),
    release: () => {},
    ...parts,
  }
  const cluster = await startClusterIn(environment, options)
  onTestFinished(() => cluster.close())
  const connect = (brokerId = cluster.brokers[0]!.id): Promise<KafkaConnection> => {
    const { host, port } = cluster.brokers.find(({ id }) => id === brokerId)!
    return new Promise((resolve) => {
      const onConnect = (): void => resolve(new KafkaConnection(socket))
      const socket: Duplex = cluster.socketFactory({ host, port, onConnect })
    })
  }
  const connection = await connect()
  return { cluster, clock, connect, call: (...request) => connection.call(...request) }
}
