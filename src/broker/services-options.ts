import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import type { Turn } from '../platform/turn.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { NetworkLogger } from '../network/network-logger.ts'
import type { BrokerMetadata } from '../controller/broker-metadata.ts'
import type { ControllerChannel } from '../controller/controller-channel.ts'
import type { GroupHooks } from '../coordinator/group/group-hooks.ts'
import type { TransactionHooks } from '../coordinator/transaction/transaction-hooks.ts'
import type { AdvertiseAddress } from './advertised-address.ts'
import type { PeerBrokers } from './peer-brokers.ts'
import type { Profile } from './profile.ts'
import type { ReplicaSelector } from './replica-selector.ts'
import type { HeldOutReplicas } from './replication/held-out-replicas.ts'

/** The parts from which the services of a broker are built. */
export interface ServicesOptions {
  readonly profile: Profile
  /** The cluster metadata as this broker knows it, and its configs. */
  readonly metadata: BrokerMetadata
  /** The channel to the active controller. */
  readonly channel: ControllerChannel
  /** The channel to all brokers. */
  readonly peers: PeerBrokers
  /** The functions that return addresses to clients, by listener. Default none. */
  readonly advertise?: ReadonlyMap<string, AdvertiseAddress>
  /** Selects the replicas that consumers read from; default the leaders. */
  readonly replicaSelector?: ReplicaSelector | undefined
  /** Open logs, which the broker does not close. */
  readonly logs: LogManager
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly logger: NetworkLogger
  /** Observes and holds the transactions that this broker coordinates. Default none. */
  readonly transactionHooks?: TransactionHooks | undefined
  /** Followers that do not count for partitions that this broker leads. Default none. */
  readonly heldOut?: HeldOutReplicas
  /** Observes the groups that this broker coordinates. Default none. */
  readonly groupHooks?: GroupHooks | undefined
}
