import type { Clock } from '../platform/clock.ts'
import type { Network } from '../platform/network.ts'
import type { Random } from '../platform/random.ts'
import type { Turn } from '../platform/turn.ts'
import type { InterBroker } from './inter-broker.ts'
import type { Logger } from './logger.ts'
import type { Storage } from './storage.ts'

/**
 * Everything of the machine that a cluster uses. It is handed in at one place, so that a test can replace any part of it and a
 * simulation all of it. {@link systemEnvironment} returns the machine's own.
 */
export interface ClusterEnvironment {
  readonly clock: Clock
  readonly random: Random
  /** The network of the listeners. Clients inside the process do not use it. */
  readonly network: Network
  readonly storage: Storage
  readonly turn: Turn
  readonly logger: Logger
  /** Stands between the brokers and the controller. Default: nothing, requests and metadata arrive at once. */
  readonly interBroker?: InterBroker
  /**
   * Frees what was made for this cluster only. Called once, after everything else is closed.
   *
   * @param hasStarted false after a start that failed
   */
  release(hasStarted: boolean): void
}
