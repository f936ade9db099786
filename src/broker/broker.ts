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

/** One broker: its services, its listener, and the pipeline between them. */
export class Broker {
  readonly services: BrokerServices
  /** Topics that clients must not change. */
  readonly readOnlyTopics: ReadonlySet<string>
  readonly #options: BrokerOptions
  readonly #pipeline: RequestPipeline
  #listening: Promise<Listener> | undefined
  #listener: Listener | undefined
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

  /** The bound address. Available after {@link listen}. */
  get address(): { host: string; port: number } {
    const { host, port } = this.#listener!
    return { host, port }
  }

  /** Binds the port. Clients learn the address when the broker is registered. */
  async listen(host: string, port: number, keepAlive: boolean): Promise<void> {
    const { network, clock, logger, metadata } = this.#options
    this.#listening = Listener.listen({
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
    this.#listener = await this.#listening
  }

  /**
   * Registers the broker with the controller. Puts it in service when its image has the
   * registration.
   *
   * @param advertised the address for clients of the listener
   * @throws Error when the metadata log cannot be written, or the broker is closed meanwhile
   */
  async register(advertised: { host: string; port: number }): Promise<void> {
    const { metadata } = this.#options
    const { controller, replicas, logs, config } = this.services
    const { host, port } = advertised
    const { name } = this.#listener!
    const hadCleanShutdown = logs.hadCleanShutdown
    void controller.assignReplicasToDirs(this.id, replicas.takeStock())
    this.#unsubscribe = metadata.onChange((delta) => applyMetadataDelta(delta, this.services))
    const brokerEpoch = await controller.registerBroker({
      id: this.id,
      endpoints: [{ name, host, port, securityProtocol: 0 }],
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
    this.#listener?.setLine(condition)
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
    const listener = this.#listener ?? (await this.#listening?.catch(() => undefined))
    await listener?.close()
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
