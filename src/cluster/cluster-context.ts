import type { Broker } from '../broker/broker.ts'
import type { HeldOutReplicas } from '../broker/replication/held-out-replicas.ts'
import type { Interceptors } from '../broker/pipeline/interceptors.ts'
import type { Controller } from '../controller/controller.ts'
import type { MetadataQuorum } from '../controller/metadata-quorum.ts'
import type { ClusterEnvironment } from './environment.ts'
import type { ClusterNetwork } from './cluster-network.ts'
import type { ClusterGroups } from './cluster-groups.ts'
import type { ClusterWaits } from './cluster-waits.ts'
import type { ClusterTransactions } from './cluster-transactions.ts'
import type { OpenedTopics } from './opened-topics.ts'
import type { Links } from './links/links.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import type { ResolvedBroker } from './resolve-brokers.ts'

/** The parts of a cluster that its nodes share. */
export interface ClusterContext {
  readonly environment: ClusterEnvironment
  readonly options: ResolvedOptions
  readonly network: ClusterNetwork
  readonly opened: OpenedTopics | undefined
  /** Steps that get the requests of all brokers first. */
  readonly interceptors: Interceptors
  /** The watches and holds of transactions. */
  readonly transactions: ClusterTransactions
  /** The waits for groups, and their timelines. */
  readonly groups: ClusterGroups
  /** The waits for brokers and partitions. */
  readonly waits: ClusterWaits
  readonly quorum: MetadataQuorum
  readonly links: Links
  /** Followers that are held out of the in-sync replicas. */
  readonly heldOut: HeldOutReplicas
  /** All brokers of the cluster, running or not. */
  brokers(): readonly ResolvedBroker[]
  /** Returns a broker while its node runs. */
  runningBroker(brokerId: number): Broker | undefined
  /** The controller of the quorum's leader; `undefined` while no broker runs. */
  activeController(): Controller | undefined
}
