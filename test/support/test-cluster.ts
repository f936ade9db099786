import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { ManualClock, startCluster, type Cluster, type ClusterOptions } from '../../src/index.ts'
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts'
import { KafkaConnection } from './kafka-connection.ts'

/**
 * A cluster in memory with a clock that stands still, and typed requests to it. It is closed at the
 * end of the test.
 */
export interface TestCluster {
  readonly cluster: Cluster
  readonly clock: ManualClock
  /** Opens a new connection to a broker; default the first. */
  connect(brokerId?: number, clientId?: string): Promise<KafkaConnection>
  /** Sends a request to the first broker, on a connection that all such requests share. */
  call<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>>
}

export async function startTestCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const clock = new ManualClock()
  const storage = options.dataDir === undefined ? 'memory' : 'disk'
  const cluster = await startCluster({ storage, clock, logLevel: 'silent', ...options })
  onTestFinished(() => cluster.close())
  const connect = (
    brokerId = cluster.brokers[0]!.id,
    clientId?: string,
  ): Promise<KafkaConnection> => {
    const { host, port } = cluster.brokers.find(({ id }) => id === brokerId)!
    return new Promise((resolve) => {
      const onConnect = (): void => resolve(new KafkaConnection(socket, clientId))
      const socket = cluster.socketFactory<Duplex>({ host, port, onConnect })
    })
  }
  const connection = await connect()
  return { cluster, clock, connect, call: (...request) => connection.call(...request) }
}
