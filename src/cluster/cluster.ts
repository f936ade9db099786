import { Interceptors } from '../broker/pipeline/interceptors.ts'
import type { SocketFactory } from '../network/in-process.ts'
import type { Clock } from '../platform/clock.ts'
import { onMissingPackage } from '../platform/missing-packages.ts'
import { emitProcessWarning } from '../platform/process-warning.ts'
import { addressText } from './address-text.ts'
import { BrokerHandle } from './broker-handle.ts'
import { removeBroker, rollingRestart } from './broker-operations.ts'
import type { RemoveBrokerOptions, RollingRestartOptions } from './broker-operation-options.ts'
import type { BrokerInfo } from './broker-info.ts'
import type { ClusterBroker } from './cluster-broker.ts'
import type { BrokerOptions } from './options.ts'
import { ClusterNetwork } from './cluster-network.ts'
import { TopicHandle } from './topic-handle.ts'
import { checkTransactionalId } from './transaction-arguments.ts'
import { checkGroupId } from './group-arguments.ts'
import { GroupHandle, listGroups } from './group-handle.ts'
import type { Group } from './group.ts'
import { listTransactions, TransactionHandle } from './transaction-handle.ts'
import type { Transaction } from './transaction.ts'
import { ClusterGroups } from './cluster-groups.ts'
import { ClusterTransactions } from './cluster-transactions.ts'
import { allInSync } from './all-in-sync.ts'
import { ClusterWaits } from './cluster-waits.ts'
import type { WaitOptions } from './wait-options.ts'
import { configWarnings } from './config-warnings.ts'
import type { ClusterEnvironment } from './environment.ts'
import type { Network } from './network-faults.ts'
import { NetworkHandle } from './network-handle.ts'
import { invalidOption } from './option-rules.ts'
import { Nodes } from './nodes.ts'
import { logOpenProblems } from './open-problem.ts'
import type { OpenedTopics } from './opened-topics.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import type { Topic } from './topic.ts'
import { createInitialTopics } from './initial-topics.ts'

/** A cluster from its start to its close: its brokers, and its initial topics. */
export class RunningCluster {
  /** The brokers; starts and stops them. */
  readonly nodes: Nodes
  readonly #environment: ClusterEnvironment
  /** Steps that get requests before all brokers do. */
  readonly interceptors = new Interceptors()
  readonly #options: ResolvedOptions
  readonly #listeners: ClusterNetwork
  readonly #network: NetworkHandle
  readonly #transactions: ClusterTransactions
  readonly #groups: ClusterGroups
  readonly #waits = new ClusterWaits()
  readonly #openedTopics: OpenedTopics | undefined
  #stopReporting: () => void = () => {}
  #hasStarted = false
  #closing: Promise<void> | undefined

  private constructor(
    environment: ClusterEnvironment,
    options: ResolvedOptions,
    opened: OpenedTopics | undefined,
  ) {
    this.#environment = environment
    this.#options = options
    this.#openedTopics = opened
    this.#listeners = new ClusterNetwork(environment.network, environment.turn)
    this.#transactions = new ClusterTransactions(environment.clock)
    this.#groups = new ClusterGroups(environment.clock)
    this.nodes = new Nodes({
      environment,
      options,
      network: this.#listeners,
      opened,
      interceptors: this.interceptors,
      transactions: this.#transactions,
      groups: this.#groups,
      waits: this.#waits,
    })
    this.#network = new NetworkHandle(this.nodes.network)
  }

  /**
   * Resolves when clients can connect to every broker. A failed start leaves nothing behind.
   *
   * @param environment released when the cluster is closed, and when the start fails
   * @param opened topics of opened directories; then there is one broker
   */
  static async start(
    environment: ClusterEnvironment,
    options: ResolvedOptions,
    opened?: OpenedTopics,
  ): Promise<RunningCluster> {
    const cluster = new RunningCluster(environment, options, opened)
    try {
      await cluster.#start()
      return cluster
    } catch (error) {
      // The first error is the one that the caller must get.
      await cluster.close().catch(() => {})
      throw error
    }
  }

  get clock(): Clock {
    return this.#environment.clock
  }

  get clusterId(): string {
    return this.nodes.image.clusterId
  }

  get brokers(): readonly BrokerInfo[] {
    return this.nodes.all.flatMap(({ info }) => info ?? [])
  }

  /**
   * Returns the bootstrap servers of one listener: the brokers that have it.
   *
   * @throws OdradekError `INVALID_OPTION` if no broker has a listener of this name
   */
  bootstrapServersOf(listener: string): string {
    const all = this.brokers.flatMap(({ listeners }) => listeners)
    const addresses = all.filter(({ name }) => name === listener).map(addressText)
    if (addresses.length > 0) return addresses.join(',')
    const names = [...new Set(all.map(({ name }) => name))].join(' and ')
    throw invalidOption(() => `No broker has a listener ${listener}; the listeners are ${names}`)
  }

  /**
   * Returns a broker by its id.
   *
   * @throws OdradekError `UNKNOWN_BROKER` if the cluster has no broker with this id
   */
  broker(brokerId: number): ClusterBroker {
    return new BrokerHandle(this.nodes, this.#network, brokerId)
  }

  /** The network between brokers, controllers and clients. */
  get network(): Network {
    return this.#network
  }

  /** Adds a broker to the cluster and starts it. */
  async addBroker(options: BrokerOptions): Promise<ClusterBroker> {
    const { id } = await this.nodes.add(options)
    return this.broker(id)
  }

  /** See `Cluster.removeBroker`. */
  removeBroker(brokerId: number, options?: RemoveBrokerOptions): Promise<void> {
    return removeBroker(this.nodes, brokerId, options)
  }

  /** See `Cluster.rollingRestart`. */
  rollingRestart(options?: RollingRestartOptions): Promise<void> {
    return rollingRestart(this.nodes, options)
  }

  get socketFactory(): SocketFactory {
    return this.#listeners.inProcess.socketFactory
  }

  /**
   * Returns a topic by its name.
   *
   * @throws OdradekError `UNKNOWN_TOPIC` if there is no topic with this name
   */
  topic(name: string): Topic {
    return new TopicHandle(name, this.nodes)
  }

  /** See `Cluster.inSync`. */
  inSync(options?: WaitOptions): Promise<void> {
    return this.nodes.waits.until(allInSync(this.nodes), options, 'inSync')
  }

  /**
   * Returns a transactional id, whether it exists or not.
   *
   * @throws OdradekError `INVALID_OPTION` if it is not a string, or empty
   */
  transaction(transactionalId: string): Transaction {
    checkTransactionalId(transactionalId)
    return new TransactionHandle(transactionalId, this.nodes)
  }

  /** The transactional ids that the running coordinators know, ordered by name. */
  get transactions(): readonly Transaction[] {
    return listTransactions(this.nodes)
  }

  /**
   * Returns a group, whether it exists or not.
   *
   * @throws OdradekError `INVALID_OPTION` if it is not a string, or empty
   */
  group(groupId: string): Group {
    checkGroupId(groupId)
    return new GroupHandle(groupId, this.nodes)
  }

  /** The groups that the running coordinators know, ordered by id. */
  get groups(): readonly Group[] {
    return listGroups(this.nodes)
  }

  /**
   * Closes all connections and drops parked requests, writes everything, and releases ports and
   * files.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #start(): Promise<void> {
    this.#reportMissingPackages()
    this.nodes.checkConfigs()
    this.#warnOfConfigs()
    await this.nodes.startAll()
    await this.#createTopics()
    this.#hasStarted = true
    for (const { logs } of this.nodes.all) this.#openedTopics?.inspectLogs(logs?.logs() ?? [])
    logOpenProblems(this.#environment.logger, this.#openedTopics?.problems ?? [])
    this.#environment.logger.info({ brokers: this.brokers }, 'Cluster started')
  }

  async #createTopics(): Promise<void> {
    const { topics } = this.#options
    if (topics.length === 0) return
    await createInitialTopics(topics, this.nodes.activeController()!).catch((error: unknown) => {
      throw this.nodes.all[0]!.fileError(error)
    })
  }

  /** The default log level has no warnings, but the user must see this one. */
  #warnOfConfigs(): void {
    if (!this.#environment.logger.writes('error')) return
    for (const { configs, message } of configWarnings(this.#options)) {
      if (this.#environment.logger.writes('warn'))
        this.#environment.logger.warn({ configs }, message)
      else emitProcessWarning(message, 'ODRADEK_CONFIG')
    }
  }

  #reportMissingPackages(): void {
    if (!this.#environment.logger.writes('warn')) return
    const stop = onMissingPackage(({ name, missing, message }) =>
      this.#environment.logger.warn({ package: name, missing }, message),
    )
    this.#stopReporting = stop
  }

  async #close(): Promise<void> {
    this.#transactions.close()
    this.#groups.close()
    this.#waits.close()
    try {
      await this.nodes.close(this.#hasStarted)
    } finally {
      this.#stopReporting()
      this.#environment.release(this.#hasStarted)
    }
  }
}
