import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { ClientOptions } from '../../../src/client/client-options.ts'
import { KafkaClient } from '../../../src/client/kafka-client.ts'
import type { Cluster, ClusterOptions, ManualClock } from '../../../src/index.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { InterceptedNetwork } from './intercepted-network.ts'

/** A cluster whose clock stands still, and clients of it whose requests can be intercepted. */
export interface TestClients {
  readonly cluster: Cluster
  readonly clock: ManualClock
  readonly network: InterceptedNetwork
  readonly client: KafkaClient
  /** Another client of the same cluster. */
  newClient(options?: Partial<ClientOptions>): KafkaClient
}

/** Starts a cluster and a client; both are closed when the test is over. */
export async function startTestClients(
  options: ClusterOptions = {},
  clientOptions: Partial<ClientOptions> = {},
): Promise<TestClients> {
  const { cluster, clock } = await startTestCluster(options)
  const network = new InterceptedNetwork((host, port) =>
    cluster.socketFactory<Duplex>({ host, port, onConnect: () => {} }),
  )
  const newClient = (more: Partial<ClientOptions> = {}): KafkaClient => {
    const { bootstrapServers } = cluster
    const client = new KafkaClient(
      { bootstrapServers, ...clientOptions, ...more },
      { network, clock, random: new SeededRandom(1) },
    )
    onTestFinished(() => client.close())
    return client
  }
  return { cluster, clock, network, client: newClient(), newClient }
}

/** Moves the clock step by step until a promise settles. */
export async function advanceUntil<T>(
  clock: ManualClock,
  promise: Promise<T>,
  stepMs = 50,
): Promise<T> {
  const state = { isSettled: false }
  const settled = promise.finally(() => (state.isSettled = true))
  settled.catch(() => {})
  while (!state.isSettled) await clock.advance(stepMs)
  return settled
}
