import { Broker } from '../broker/broker.ts'
import { Interceptors } from '../broker/pipeline/interceptors.ts'
import { BrokerConfig } from '../controller/broker-config.ts'
import { Controller } from '../controller/controller.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { SocketFactory } from '../network/in-process.ts'
import type { Clock } from '../platform/clock.ts'
import { onMissingPackage } from '../platform/missing-packages.ts'
import { emitProcessWarning } from '../platform/process-warning.ts'
import { randomUuid } from '../platform/uuid.ts'
import type { BrokerInfo } from './broker-info.ts'
import { openBrokerLogs } from './broker-logs.ts'
import { brokerAddresses, brokerProperties } from './broker-properties.ts'
import { checkFirstBroker } from './check-first-broker.ts'
import { ClusterNetwork } from './cluster-network.ts'
import { TopicHandle } from './topic-handle.ts'
import { readLogManagerConfig } from './read-log-manager-config.ts'
import { configWarnings } from './config-warnings.ts'
import type { ClusterEnvironment } from './environment.ts'
import { metadataStorage } from './metadata-storage.ts'
import { logOpenProblems } from './open-problem.ts'
import type { OpenedTopics } from './opened-topics.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import {
  dataDirectoryError,
  foreignDirectory,
  listenError,
  metadataMissing,
} from './start-errors.ts'
import type { Topic } from './topic.ts'
import { createInitialTopics } from './initial-topics.ts'

type Properties = Readonly<Record<string, string>>

/** Brokers and the controller over them, wired together in this process. */
export class RunningCluster {
  readonly #environment: ClusterEnvironment
  /** Steps that get requests before all brokers do. */
  readonly interceptors = new Interceptors()
  readonly #options: ResolvedOptions
  readonly #network: ClusterNetwork
  readonly #openedTopics: OpenedTopics | undefined
  readonly #brokers: Broker[] = []
  /** What was opened, to be closed in the opposite order. */
  readonly #opened: (() => void | Promise<void>)[] = []
  #controller: Controller | undefined
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
    this.#network = new ClusterNetwork(environment.network, environment.turn)
    this.#opened.push(() => environment.release(this.#hasStarted))
  }

  /**
   * Resolves when every broker can be reached. A start that fails leaves nothing behind.
   *
   * @param environment released when the cluster is closed and when the start fails
   * @param opened topics that are there already; with them there is one broker
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
      // What went wrong first is what the caller has to know.
      await cluster.close().catch(() => {})
      throw error
    }
  }

  get clock(): Clock {
    return this.#environment.clock
  }

  get clusterId(): string {
    return this.#controller!.image.clusterId
  }

  get brokers(): readonly BrokerInfo[] {
    return this.#brokers.map((broker, index) => {
      const { advertisedHost, advertisedPort } = this.#options.brokers[index]!
      const listener = broker.address
      return {
        id: broker.id,
        host: advertisedHost,
        port: advertisedPort ?? listener.port,
        listener,
      }
    })
  }

  get socketFactory(): SocketFactory {
    return this.#network.inProcess.socketFactory
  }

  /** @throws OdradekError `UNKNOWN_TOPIC` when there is none of this name */
  topic(name: string): Topic {
    return new TopicHandle(name, { image: this.#controller!.image, brokers: this.#brokers })
  }

  /** Drops every connection and parked request, writes what has to be written, and lets go of ports and files. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** The controller runs on the first broker, and keeps its log there. */
  get #controllerId(): number {
    return this.#options.brokers[0]!.id
  }

  async #start(): Promise<void> {
    this.#reportMissingPackages()
    const { brokers, host, keepAlive, topics } = this.#options
    const properties = new Map(
      brokers.map((each) => [
        each.id,
        brokerProperties(each, this.#options, this.#environment.storage),
      ]),
    )
    this.#warnOfConfigs()
    checkFirstBroker(this.#environment.storage, this.#controllerId)
    const logs = this.#openLogs(properties)
    const controller = this.#inDirectoryOf(this.#controllerId, () =>
      this.#openController(logs, properties.get(this.#controllerId)!),
    )
    this.#controller = controller
    for (const [index, { id, port }] of brokers.entries()) {
      const broker = this.#createBroker(id, properties.get(id)!, logs[index]!, controller)
      await broker.listen(host, port, keepAlive).catch((error: unknown) => {
        throw listenError(error, host, port)
      })
      this.#opened.push(() => broker.close())
    }
    for (const [index, info] of this.brokers.entries()) {
      this.#network.inProcess.advertise(info, info.listener)
      const addresses = brokerAddresses(brokers[index]!, this.#options, info.listener)
      controller.brokerConfig(info.id).addProperties(addresses)
      this.#inDirectoryOf(info.id, () => this.#brokers[index]!.register(info))
    }
    createInitialTopics(topics, controller)
    if ((await controller.commit()) === false) {
      const reason = new Error('the metadata log could not be forced to the disk')
      throw dataDirectoryError(reason, this.#directoryOf(this.#controllerId))
    }
    this.#hasStarted = true
    for (const each of logs) this.#openedTopics?.inspectLogs(each.logs())
    logOpenProblems(this.#environment.logger, this.#openedTopics?.problems ?? [])
    this.#environment.logger.info({ brokers: this.brokers }, 'Cluster started')
  }

  /** The default log level has no warnings, but this one the user has to see. */
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
    this.#opened.push(() => stop())
  }

  /** Locks and opens the directories of all brokers; the first one's is where the cluster's id stands. */
  #openLogs(properties: ReadonlyMap<number, Properties>): LogManager[] {
    const { durability } = this.#options
    let { clusterId } = this.#options
    return [...properties].map(([brokerId, started]) => {
      const startConfig = new BrokerConfig(started)
      const opened = openBrokerLogs({
        brokerId,
        environment: this.#environment,
        holdsMetadata: brokerId === this.#controllerId,
        clusterId: clusterId ?? randomUuid(this.#environment.random),
        durability,
        config: readLogManagerConfig(() => this.#controller?.brokerConfig(brokerId) ?? startConfig),
        onUnusable: (logDir, reason) =>
          this.#environment.logger.error(
            { broker: brokerId, logDir, reason },
            'Log directory cannot be used: its partitions are offline',
          ),
        onWarning: (message) =>
          this.#environment.logger.warn(
            { broker: brokerId },
            this.#openedTopics?.withRealPaths(message) ?? message,
          ),
        onInfo: (message) => this.#environment.logger.info({ broker: brokerId }, message),
      })
      this.#opened.push(() => opened.close(this.#hasStarted))
      const { logs } = opened
      clusterId ??= logs.clusterId
      if (clusterId !== logs.clusterId) {
        throw foreignDirectory(this.#directoryOf(brokerId), logs.clusterId, clusterId)
      }
      return logs
    })
  }

  #openController(logs: readonly LogManager[], properties: Properties): Controller {
    const storage = metadataStorage(logs[0]!)
    this.#openedTopics?.writeMetadata(storage, this.clock)
    const [orphan] = logs.flatMap((each) => each.storedPartitions())
    if (storage.isEmpty && orphan !== undefined) {
      throw metadataMissing(
        orphan.directory,
        this.#environment.storage.directoriesOf(this.#controllerId),
      )
    }
    const controller = new Controller({
      clusterId: logs[0]!.clusterId,
      nodeId: this.#controllerId,
      properties,
      clock: this.clock,
      random: this.#environment.random,
      storage,
      policies: {
        createTopic: this.#options.createTopicPolicy,
        alterConfig: this.#options.alterConfigPolicy,
      },
    })
    controller.open()
    // Nobody is in service after a restart: brokers that register lead again, in the epochs that Kafka would be in.
    controller.fenceBrokers([...controller.image.brokers.keys()])
    return controller
  }

  #createBroker(
    id: number,
    properties: Properties,
    logs: LogManager,
    controller: Controller,
  ): Broker {
    const config = controller.brokerConfig(id, properties)
    const { clock, random, turn, logger } = this.#environment
    const broker = new Broker({
      id,
      rack: config.string('broker.rack'),
      profile: this.#options.profile,
      config,
      controller,
      controllerId: this.#controllerId,
      logConfig: (topic) => controller.topicLogConfig(topic, id),
      logs,
      clock,
      random,
      turn,
      network: this.#network,
      logger,
      readOnlyTopics: this.#openedTopics?.names,
      interceptors: this.interceptors,
      onFailure: (reason) => this.#options.onBrokerFailure?.({ id, reason }),
    })
    this.#brokers.push(broker)
    return broker
  }

  /** What fails is due to the files. */
  #inDirectoryOf<T>(brokerId: number, action: () => T): T {
    try {
      return action()
    } catch (error) {
      throw dataDirectoryError(error, this.#directoryOf(brokerId))
    }
  }

  /** The directory of a broker that messages name: the first. */
  #directoryOf(brokerId: number): string {
    return this.#environment.storage.directoriesOf(brokerId)[0]!
  }

  async #close(): Promise<void> {
    const errors: unknown[] = []
    for (const close of this.#opened.reverse()) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}
