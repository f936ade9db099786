import type { Clock } from '../platform/clock.ts'
import type { Network } from '../platform/network.ts'
import type { Random } from '../platform/random.ts'
import type { Turn } from '../platform/turn.ts'
import type { InterBroker } from './inter-broker.ts'
import type { Logger } from './logger.ts'
import type { Storage } from './storage.ts'

/**
 * Everything of the machine that a cluster uses. It is passed in at one place, so that a test can
 * replace any part of it and a simulation all of it. {@link systemEnvironment} returns the
 * machine's own.
 */
export interface ClusterEnvironment {
  readonly clock: Clock
  readonly random: Random
  /** The network of the listeners. Clients in the process do not use it. */
  readonly network: Network
  readonly storage: Storage
  readonly turn: Turn
  readonly logger: Logger
  /**
   * Intercepts messages between the brokers and the controller. Default: none; requests and
   * metadata arrive immediately.
   */
  readonly interBroker?: InterBroker
  /**
   * Releases what was created only for this cluster. Called once, after everything else is closed.
   *
   * @param hasStarted false after a failed start
   */
  release(hasStarted: boolean): void
}
