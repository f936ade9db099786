/// <reference lib="esnext.disposable" preserve="true" />
import { addressText } from './cluster/address-text.ts'
import type {
  RemoveBrokerOptions,
  RollingRestartOptions,
} from './cluster/broker-operation-options.ts'
import type { BrokerInfo } from './cluster/broker-info.ts'
import type { ClusterBroker } from './cluster/cluster-broker.ts'
import type { WaitOptions } from './cluster/wait-options.ts'
import { RunningCluster } from './cluster/cluster.ts'
import type { Group } from './cluster/group.ts'
import type { Network } from './cluster/network-faults.ts'
import { openTopics } from './cluster/open-directory.ts'
import type { OpenDirectoryOptions } from './cluster/open-directory-options.ts'
import { resolveOpenOptions } from './cluster/resolve-open-options.ts'
import type { OpenProblem } from './cluster/open-problem.ts'
import type { BrokerOptions, ClusterOptions } from './cluster/options.ts'
import { resolveOptions } from './cluster/resolve-options.ts'
import { systemEnvironment, systemFiles } from './cluster/system-environment.ts'
import type { Topic } from './cluster/topic.ts'
import type { Transaction } from './cluster/transaction.ts'
import type { Clock } from './platform/clock.ts'

export type {
  RemoveBrokerOptions,
  RollingRestartOptions,
} from './cluster/broker-operation-options.ts'
export type {
  ReadableReplica,
  ReplicaSelector,
  ReplicaSelectorRequest,
} from './broker/replica-selector.ts'
export type { AddressRequest, AdvertiseAddress } from './broker/advertised-address.ts'
export type { BrokerInfo, ListenerInfo } from './cluster/broker-info.ts'
export type { ListenerOptions } from './cluster/listener-options.ts'
export type { BrokerState, ClusterBroker } from './cluster/cluster-broker.ts'
export type { WaitOptions } from './cluster/wait-options.ts'
export type { Fault, Network, NetworkEnd } from './cluster/network-faults.ts'
export type {
  BrokerFailure,
  BrokerOptions,
  ClusterOptions,
  Configs,
  LogLevel,
  TopicOptions,
} from './cluster/options.ts'
export type {
  Group,
  GroupConditions,
  GroupDescription,
  GroupMember,
  GroupPartition,
  GroupRebalance,
  GroupSeekPartitions,
  GroupSeekTarget,
  GroupState,
  GroupType,
  GroupWaitOptions,
} from './cluster/group.ts'
export type { OpenDirectoryOptions } from './cluster/open-directory-options.ts'
export type { OpenProblem, OpenProblemKind } from './cluster/open-problem.ts'
export type { CompactionResult, RetentionResult, Topic, TopicPartition } from './cluster/topic.ts'
export type {
  HeldTransactionState,
  Transaction,
  TransactionDescription,
  TransactionHold,
  TransactionPartition,
  TransactionState,
  TransactionTransition,
  TransactionWaitOptions,
} from './cluster/transaction.ts'
export type {
  AlterConfigPolicy,
  AlterConfigPolicyRequest,
  CreateTopicPolicy,
  CreateTopicPolicyRequest,
  PolicyVerdict,
} from './controller/policies.ts'
export type { Clock, Timer } from './platform/clock.ts'
export { ManualClock } from './platform/manual-clock.ts'
export { OdradekError, type OdradekErrorCode } from './platform/odradek-error.ts'

/** A running cluster. */
export interface Cluster extends AsyncDisposable {
  /**
   * The bootstrap servers for clients: `host:port` of every broker, separated by commas. These are
   * the advertised addresses (`advertisedHost`, `advertisedPort`) of the first listener. If this
   * process cannot connect to them, use {@link socketFactory}.
   */
  readonly bootstrapServers: string
  /**
   * Returns the bootstrap servers of one listener: the brokers that have it.
   *
   * ```ts
   * cluster.bootstrapServersOf('EXTERNAL')
   * ```
   *
   * @throws OdradekError `INVALID_OPTION` if no broker has a listener of this name
   */
  bootstrapServersOf(listener: string): string
  /** 22 characters of URL-safe base64. */
  readonly clusterId: string
  /** The brokers of the cluster, running or not, ordered by id. */
  readonly brokers: readonly BrokerInfo[]
  /**
   * Returns a broker, to stop, kill, start or pause it, and to cut off or slow its network.
   *
   * ```ts
   * await cluster.broker(2).kill() // clients reconnect to the others
   * await cluster.broker(2).start()
   * ```
   *
   * @throws OdradekError `UNKNOWN_BROKER` if the cluster has no broker with this id
   */
  broker(id: number): ClusterBroker
  /**
   * Adds a broker to the cluster and starts it. Its id is the highest id plus 1. Its port follows
   * the ports of the others, or is a free one. New topics and partitions use it; existing
   * partitions do not move. A cluster that has a `dataDir` is started again with it by a higher
   * number of `brokers`.
   *
   * @param options default: like the other brokers
   * @throws OdradekError `INVALID_OPTION`, `INVALID_CONFIG`, `PORT_UNAVAILABLE`,
   * `DATA_DIRECTORY_LOCKED`, `DATA_DIRECTORY_UNUSABLE` or `CLUSTER_CLOSED`. The cluster is
   * unchanged after an error
   */
  addBroker(options?: BrokerOptions): Promise<ClusterBroker>
  /**
   * Removes a broker from the cluster: moves its replicas to the other brokers, stops it, and
   * unregisters it. Its files stay. A start with the same `dataDir` and the same number of brokers
   * has the broker again.
   *
   * @throws OdradekError `UNKNOWN_BROKER`; `BROKER_IN_USE` if it is the last one, or if no other
   * broker can take one of its replicas; `TIMEOUT`, `ABORTED` or `CLUSTER_CLOSED`
   */
  removeBroker(id: number, options?: RemoveBrokerOptions): Promise<void>
  /**
   * Restarts the running brokers one after the other, with a controlled shutdown each; the active
   * controller is the last one. Waits until all partitions are in sync, at first and after each
   * broker.
   *
   * ```ts
   * await cluster.rollingRestart({ onEach: (id) => console.log(`broker ${id} is back`) })
   * ```
   *
   * @throws OdradekError as `stop()` and `start()` of a broker; `TIMEOUT`, `ABORTED` or
   * `CLUSTER_CLOSED`. The brokers that were not reached yet are not restarted then
   */
  rollingRestart(options?: RollingRestartOptions): Promise<void>
  /**
   * The network between the brokers, the controllers and the clients, to cut and to delay it.
   *
   * ```ts
   * const split = cluster.network.partition([[1], [2, 3, 'clients']])
   * // broker 1 is alone
   * await split.heal()
   * ```
   */
  readonly network: Network
  /**
   * Waits until every partition has a leader and all of its replicas are in sync.
   *
   * @throws OdradekError `TIMEOUT`, `ABORTED` or `CLUSTER_CLOSED`
   */
  inSync(options?: WaitOptions): Promise<void>
  /** The clock of the brokers: the one that was passed, or the system clock. */
  readonly clock: Clock
  /**
   * Connects a client in this process without a TCP socket. Requests take the same path as over
   * TCP. For kafkajs: `new Kafka({ brokers: [cluster.bootstrapServers], socketFactory:
   * cluster.socketFactory })`.
   *
   * @typeParam Socket the socket type that the client expects, such as `net.Socket`
   */
  readonly socketFactory: <Socket>(options: {
    host: string
    port: number
    onConnect: () => void
  }) => Socket
  /**
   * Returns a topic, with operations that the Kafka protocol does not have: rolling segments,
   * applying retention, and compacting on demand.
   *
   * ```ts
   * const { records } = await cluster.topic('customers').compact()
   * ```
   *
   * @throws OdradekError `UNKNOWN_TOPIC` if there is no topic with this name
   */
  topic(name: string): Topic
  /**
   * Returns a transactional id, to watch its transactions, to hold them between their commit and
   * their markers, and to let them expire. A producer need not have used the id yet.
   *
   * ```ts
   * const transaction = cluster.transaction('shipping')
   * await transaction.waitFor('CompleteCommit')
   * ```
   *
   * @throws OdradekError `INVALID_OPTION` if the id is not a string, or empty
   */
  transaction(transactionalId: string): Transaction
  /**
   * The transactional ids that the coordinators know, ordered by name. The ids of a broker that is
   * not running are missing. As on Kafka, ids are forgotten when they were unused for
   * `transactional.id.expiration.ms`.
   */
  readonly transactions: readonly Transaction[]
  /**
   * Returns a group of consumers, to watch and await it, to make it rebalance, to set its offsets,
   * and to delete it. It need not exist yet.
   *
   * ```ts
   * const group = cluster.group('billing')
   * await group.waitFor({ state: 'Stable', members: 2 })
   * await group.waitFor({ caughtUp: true }, { timeoutMs: 5000 })
   * ```
   *
   * @throws OdradekError `INVALID_OPTION` if the id is not a string, or empty
   */
  group(groupId: string): Group
  /**
   * The groups of all kinds that the coordinators know, ordered by id. The groups of a broker that
   * is not running are missing.
   */
  readonly groups: readonly Group[]
  /**
   * Stops the cluster: closes all connections, drops waiting requests, and releases ports and
   * files. Takes milliseconds. Without a `dataDir` all data is deleted. It may be called more than
   * once.
   */
  close(): Promise<void>
}

/** A cluster that serves opened directories. */
export interface OpenedCluster extends Cluster {
  /**
   * Everything that is not served, and why: damaged batches, files that are not segments,
   * partitions that cannot be read. Empty if everything is served. Each problem is also a log line,
   * at level error if records may be missing.
   *
   * ```ts
   * for (const { kind, path, bytesNotServed, message } of cluster.problems) console.warn(message)
   * ```
   */
  readonly problems: readonly OpenProblem[]
}

/**
 * Starts a Kafka cluster in this process. Resolves when clients can connect to every broker.
 *
 * ```ts
 * const cluster = await startCluster({ topics: [{ name: 'orders', partitions: 3 }] })
 * const kafka = new Kafka({ brokers: [cluster.bootstrapServers] })
 * // ...
 * await cluster.close()
 * ```
 *
 * @throws OdradekError with a `code` for the kind of error, and a message that says what to do. A
 * failed start leaves nothing behind.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const resolved = resolveOptions(options)
  return clusterOf(await RunningCluster.start(systemEnvironment(resolved), resolved))
}

/**
 * Serves the partitions in directories as read-only topics. The directories are data directories of
 * Kafka or Odradek, or partition directories such as `orders-3`, and may be copies from a running
 * broker. They are never written. Repairs and committed offsets are kept in memory.
 *
 * The topic and partition come from the name of the directory. Missing partitions below the highest
 * number exist and are empty. Kafka's internal topics, such as `__consumer_offsets`, are skipped.
 * To produce to an opened topic, to delete it or its records, and to change its configs or
 * partitions is refused with `POLICY_VIOLATION`. Retention and compaction do not change it. New
 * topics can be created; they are kept in memory.
 *
 * Damaged files and unreadable directories do not prevent the rest from being served: {@link
 * OpenedCluster.problems} lists them. With `skipCorruptBatches`, the valid batches after a damaged
 * one are also served.
 *
 * ```ts
 * const cluster = await openDirectory(['/backup/orders-0', '/backup/orders-1'])
 * ```
 *
 * @throws OdradekError `DATA_DIRECTORY_UNUSABLE` if no partition can be served or a partition is
 * given twice, `INVALID_TOPIC` for an invalid topic name
 */
export async function openDirectory(
  paths: string | readonly string[],
  options: OpenDirectoryOptions = {},
): Promise<OpenedCluster> {
  const { resolved, ...rest } = resolveOpenOptions(options)
  const all = typeof paths === 'string' ? [paths] : paths
  const opened = openTopics(all, rest, systemFiles(), resolved.clusterId)
  const environment = systemEnvironment(resolved, opened.storage)
  const cluster = clusterOf(await RunningCluster.start(environment, resolved, opened))
  return Object.assign(cluster, { problems: opened.problems })
}

function clusterOf(cluster: RunningCluster): Cluster {
  const close = (): Promise<void> => cluster.close()
  return {
    get bootstrapServers() {
      return cluster.brokers.map(addressText).join(',')
    },
    bootstrapServersOf: (listener) => cluster.bootstrapServersOf(listener),
    clusterId: cluster.clusterId,
    get brokers() {
      return cluster.brokers
    },
    broker: (id) => cluster.broker(id),
    addBroker: (options = {}) => cluster.addBroker(options),
    removeBroker: (id, options) => cluster.removeBroker(id, options),
    rollingRestart: (options) => cluster.rollingRestart(options),
    network: cluster.network,
    inSync: (options) => cluster.inSync(options),
    clock: cluster.clock,
    socketFactory: cluster.socketFactory as Cluster['socketFactory'],
    topic: (name) => cluster.topic(name),
    transaction: (transactionalId) => cluster.transaction(transactionalId),
    get transactions() {
      return cluster.transactions
    },
    group: (groupId) => cluster.group(groupId),
    get groups() {
      return cluster.groups
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
