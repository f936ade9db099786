import type { Network } from '../platform/network.ts'
import type { LogDirFailure } from '../log/log-manager-types.ts'
import type { LineCondition } from '../network/client-line.ts'
import { Listener } from '../network/listener.ts'
import type { BrokerServices } from './broker-services.ts'
import { createServices } from './create-services.ts'
import type { ServicesOptions } from './services-options.ts'
import { handleLogDirFailure } from './log-dir-failure.ts'
import { applyMetadataDelta, cordonDirectories } from './metadata-changes.ts'
import { Interceptors } from './pipeline/interceptors.ts'
import type { PeerRequests } from './pipeline/peer-requests.ts'
import { protectTopics } from './pipeline/protect-topics.ts'
import { RequestPipeline } from './pipeline/request-pipeline.ts'
import { servedApis } from './served-apis.ts'

export interface BrokerOptions extends ServicesOptions {
  readonly network: Network
  /**
   * Topics that clients must not change, because their files are served as they are; default none.
   */
  readonly readOnlyTopics?: ReadonlySet<string> | undefined
  /** Default none. */
  readonly interceptors?: Interceptors
  /** Called when the broker must be closed, because a log directory failed that it needs. */
  readonly onFailure: (reason: string) => void
}

/** The address of a listener. */
interface ListenerAddress {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** The id of the security protocol of all listeners. */
const PLAINTEXT = { securityProtocol: 0 }

/** One broker: its services, its listeners, and the pipeline between them. */
export class Broker {
  readonly services: BrokerServices
  /** Topics that clients must not change. */
  readonly readOnlyTopics: ReadonlySet<string>
  readonly #options: BrokerOptions
  readonly #pipeline: RequestPipeline
  readonly #listeners: Listener[] = []
  #listening: Promise<unknown> | undefined
  #unsubscribe: () => void = () => {}
  #isRegistered = false
  #closing: Promise<void> | undefined

  constructor(options: BrokerOptions) {
    const { readOnlyTopics = new Set(), interceptors = new Interceptors() } = options
    this.#options = options
    this.readOnlyTopics = readOnlyTopics
    this.services = createServices(options)
    this.#pipeline = new RequestPipeline({
      services: this.services,
      apis: servedApis,
      steps: {
        protectTopics: readOnlyTopics.size === 0 ? undefined : protectTopics(readOnlyTopics),
      },
      interceptors,
    })
    options.logs.onDirectoryFailure((failure) => this.#onLogDirFailure(failure))
  }

  /** Whether the broker is in service. */
  get isRegistered(): boolean {
    return this.#isRegistered
  }

  get id(): number {
    return this.services.brokerId
  }

  /**
   * Binds the port of a listener, and returns it. Clients learn the addresses when the broker is
   * registered.
   *
   * @param address the name of the listener and the address to bind
   */
  async listen(address: ListenerAddress, keepAlive: boolean): Promise<number> {
    const { name, host, port } = address
    const { network, clock, logger, metadata } = this.#options
    const listening = Listener.listen({
      name,
      host,
      port,
      handler: this.#pipeline.onFrame,
      clock,
      network,
      logger,
      keepAlive,
      maxRequestBytes: metadata.config.number('socket.request.max.bytes'),
      idleMs: metadata.config.number('connections.max.idle.ms'),
    })
    const added = listening.then((listener) => this.#listeners.push(listener))
    this.#listening = added.catch(() => {})
    await added
    return (await listening).port
  }

  /**
   * Registers the broker with the controller. Puts it in service when its image has the
   * registration.
   *
   * @param listeners the addresses for clients of each listener
   * @throws Error when the metadata log cannot be written, or the broker is closed meanwhile
   */
  async register(listeners: readonly ListenerAddress[]): Promise<void> {
    const { metadata } = this.#options
    const { controller, replicas, logs, config } = this.services
    const hadCleanShutdown = logs.hadCleanShutdown
    void controller.assignReplicasToDirs(this.id, replicas.takeStock())
    this.#unsubscribe = metadata.onChange((delta) => applyMetadataDelta(delta, this.services))
    const brokerEpoch = await controller.registerBroker({
      id: this.id,
      endpoints: listeners.map(({ name, host, port }) => ({ name, host, port, ...PLAINTEXT })),
      rack: config.string('broker.rack'),
      logDirs: logs.onlineDirectoryIds(),
      hadCleanShutdown,
    })
    if (brokerEpoch === undefined) throw new Error('the controller cannot register the broker')
    this.#checkOpen()
    await metadata.reached(brokerEpoch)
    this.#checkOpen()
    cordonDirectories(this.services)
    if (!(await controller.unfenceBroker(this.id))) {
      throw new Error('the controller cannot put the broker in service')
    }
    this.#checkOpen()
    replicas.start()
    this.#checkOpen()
    this.#isRegistered = true
  }

  /** Makes the network between the broker and its clients slow, cuts it, or restores it. */
  setClientLine(condition: LineCondition): void {
    for (const listener of this.#listeners) listener.setLine(condition)
  }

  /** The requests that brokers send to this one. */
  get peerRequests(): PeerRequests {
    return this.#pipeline.peers
  }

  /** Drops all connections and waiting requests. The logs stay open. Closing twice does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#unsubscribe()
    this.#pipeline.close()
    this.services.markers.close()
    this.services.delays.close()
    this.services.replicas.close()
    this.services.groups.close()
    this.services.transactions.close()
    this.services.sharePartitions.close()
    this.services.shareCoordinator.close()
    await this.#listening
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }

  /** A broker closes itself when its disk fails. */
  #checkOpen(): void {
    if (this.#closing !== undefined) throw new Error('the broker was closed during its start')
  }

  #onLogDirFailure(failure: LogDirFailure): void {
    const { path, reason } = failure
    if (this.#closing === undefined) {
      handleLogDirFailure(failure, this.services, this.#options.onFailure)
      return
    }
    const fields = { broker: this.id, logDir: path, reason }
    this.services.logger.error(fields, 'Log directory failed while it was being closed')
  }
}
