import { Broker } from '../broker/broker.ts'
import { Controller } from '../controller/controller.ts'
import { LogManager } from '../log/log-manager.ts'
import type { SocketFactory } from '../network/in-process.ts'
import type { Clock } from '../platform/clock.ts'
import { systemNetwork } from '../platform/network.ts'
import { systemRandom } from '../platform/random.ts'
import { SystemClock } from '../platform/system-clock.ts'
import { randomUuid } from '../platform/uuid.ts'
import { brokerProperties } from './broker-properties.ts'
import { ClusterNetwork } from './cluster-network.ts'
import { createLogger, type Logger } from './logger.ts'
import { metadataStorage } from './metadata-storage.ts'
import type { ResolvedOptions } from './options.ts'
import { dataDirectoryError, listenError } from './start-errors.ts'
import { openStorage, type Storage } from './storage.ts'
import { createTopics } from './topics.ts'

/** The controller runs beside this broker, and keeps its log there. */
const FIRST_BROKER_ID = 1

type Properties = Readonly<Record<string, string>>

/** Brokers and the controller over them, wired together in this process. */
export class RunningCluster {
  readonly clock: Clock
  readonly #options: ResolvedOptions
  readonly #logger: Logger
  readonly #network = new ClusterNetwork(systemNetwork)
  readonly #storage: Storage
  readonly #brokers: Broker[] = []
  /** What was opened, to be closed in the opposite order. */
  readonly #opened: (() => void | Promise<void>)[] = []
  #controller: Controller | undefined
  #hasStarted = false
  #closing: Promise<void> | undefined

  private constructor(options: ResolvedOptions) {
    this.#options = options
    this.#logger = createLogger(options.logLevel)
    this.clock = options.clock ?? this.#ownClock()
    this.#storage = openStorage(options)
    this.#opened.push(() => this.#storage.release())
  }

  /** Resolves when every broker can be reached. A start that fails leaves nothing behind. */
  static async start(options: ResolvedOptions): Promise<RunningCluster> {
    const cluster = new RunningCluster(options)
    try {
      await cluster.#start()
      return cluster
    } catch (error) {
      await cluster.close()
      cluster.#storage.undo()
      throw error
    }
  }

  get clusterId(): string {
    return this.#controller!.image.clusterId
  }

  get brokers(): readonly Broker[] {
    return this.#brokers
  }

  get socketFactory(): SocketFactory {
    return this.#network.inProcess.socketFactory
  }

  /** Drops every connection and parked request, writes what has to be written, and lets go of ports and files. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #start(): Promise<void> {
    const { brokers: count, host, port, keepAlive, topics } = this.#options
    const ids = Array.from({ length: count }, (_, index) => FIRST_BROKER_ID + index)
    const properties = new Map(
      ids.map((id) => [id, brokerProperties(id, this.#options, this.#storage)]),
    )
    const logs = this.#openLogs(ids)
    const controller = this.#openController(logs[0]!, properties.get(FIRST_BROKER_ID)!)
    for (const [index, id] of ids.entries()) {
      const broker = this.#createBroker(id, properties.get(id)!, logs[index]!, controller)
      const brokerPort = port === 0 ? 0 : port + index
      await broker.listen(host, brokerPort, keepAlive).catch((error: unknown) => {
        throw listenError(error, host, brokerPort)
      })
      this.#opened.push(() => broker.close())
    }
    for (const broker of this.#brokers) broker.register(advertisedHost(host))
    createTopics(topics, controller)
    this.#hasStarted = true
    this.#logger.info({ brokers: this.#brokers.map(({ address }) => address) }, 'Cluster started')
  }

  /** Locks and opens the directories of all brokers; the first one's is where the cluster's id stands. */
  #openLogs(ids: readonly number[]): LogManager[] {
    const { fileSystem, isTemporary } = this.#storage
    let { clusterId } = this.#options
    return ids.map((id) => {
      const directory = this.#storage.directoryOf(id)
      const logs = new LogManager({
        logDirs: [directory],
        fileSystem,
        clock: this.clock,
        random: systemRandom,
        brokerId: id,
        clusterId: clusterId ?? randomUuid(systemRandom),
        temporary: isTemporary,
        onWarning: (message) => this.#logger.warn({ broker: id }, message),
      })
      const isNew = !fileSystem.exists(directory)
      try {
        logs.open()
      } catch (error) {
        throw dataDirectoryError(error, directory)
      }
      clusterId = logs.clusterId
      this.#opened.push(() => {
        logs.close()
        if (isNew && !this.#hasStarted) fileSystem.remove(directory)
      })
      return logs
    })
  }

  #openController(logs: LogManager, properties: Properties): Controller {
    this.#controller = new Controller({
      clusterId: logs.clusterId,
      nodeId: FIRST_BROKER_ID,
      properties,
      clock: this.clock,
      random: systemRandom,
      storage: metadataStorage(logs),
    })
    this.#controller.open()
    return this.#controller
  }

  #createBroker(
    id: number,
    properties: Properties,
    logs: LogManager,
    controller: Controller,
  ): Broker {
    const config = controller.brokerConfig(id, properties)
    const broker = new Broker({
      id,
      rack: config.string('broker.rack'),
      profile: this.#options.profile,
      config,
      controller,
      controllerId: FIRST_BROKER_ID,
      logConfig: (topic) => controller.topicLogConfig(topic, id),
      logs,
      clock: this.clock,
      random: systemRandom,
      network: this.#network,
      logger: this.#logger,
    })
    this.#brokers.push(broker)
    return broker
  }

  #ownClock(): Clock {
    const clock = new SystemClock()
    this.#opened.push(() => clock.close())
    return clock
  }

  async #close(): Promise<void> {
    for (const close of this.#opened.reverse()) await close()
  }
}

/** What clients are told: an address that means "every interface" can't be connected to. */
export function advertisedHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
}
