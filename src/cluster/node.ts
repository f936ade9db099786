import { Broker } from '../broker/broker.ts'
import type { PeerBrokers } from '../broker/peer-brokers.ts'
import { BrokerConfig } from '../controller/broker-config.ts'
import { BrokerMetadata } from '../controller/broker-metadata.ts'
import type { ControllerChannel } from '../controller/controller-channel.ts'
import { Controller } from '../controller/controller.ts'
import type { MetadataReplica } from '../controller/metadata-log.ts'
import type { LogManager } from '../log/log-manager.ts'
import { PausableClock } from '../platform/pausable-clock.ts'
import { advertiseByListener, bindListeners } from './bind-listeners.ts'
import { brokerInfo, type BrokerInfo } from './broker-info.ts'
import type { BrokerLogs } from './broker-logs.ts'
import { brokerAddresses, brokerProperties } from './broker-properties.ts'
import type { ClusterContext } from './cluster-context.ts'
import { BrokerLinks } from './links/broker-links.ts'
import { faultAround } from './links/links.ts'
import { openMetadataReplica } from './metadata-replica.ts'
import { openNodeLogs } from './node-logs.ts'
import type { ResolvedBroker } from './resolve-brokers.ts'
import { dataDirectoryError } from './start-errors.ts'

/** The parts of a running node. */
interface RunningParts {
  readonly config: BrokerConfig
  readonly clock: PausableClock
  readonly logs: BrokerLogs
  readonly replica: MetadataReplica
  readonly controller: Controller
}

interface BrokerParts {
  readonly broker: Broker
  readonly metadata: BrokerMetadata
  readonly links: BrokerLinks
  readonly unsubscribe: () => void
}

/**
 * A broker of a cluster with its log directories, its copy of the metadata log, its controller and
 * its ports. After it was stopped or killed it can start again: on the same ports, with the same
 * files. The steps of a start are {@link open}, {@link listen} and {@link register}.
 */
export class Node {
  readonly id: number
  readonly #resolved: ResolvedBroker
  readonly #cluster: ClusterContext
  readonly #onFailure: (node: Node, reason: string) => void
  #properties: Readonly<Record<string, string>> | undefined
  #running: RunningParts | undefined
  #serving: BrokerParts | undefined
  /** The bound ports by the names of the listeners, from the first start on. */
  #ports: ReadonlyMap<string, number> | undefined
  /** Resolves when the last broker has released its port. */
  #closed: Promise<void> | undefined
  /** Ends the pause, while the broker is paused. */
  #endPause: (() => void) | undefined
  /** The reason why the broker has closed itself. */
  #failure: string | undefined

  /** @param onFailure called when the broker has closed itself because its disk has failed */
  constructor(
    resolved: ResolvedBroker,
    cluster: ClusterContext,
    onFailure: (node: Node, reason: string) => void,
  ) {
    this.id = resolved.id
    this.#resolved = resolved
    this.#cluster = cluster
    this.#onFailure = onFailure
  }

  /** The broker, while the node runs. */
  get broker(): Broker | undefined {
    return this.#serving?.broker
  }

  /** The cluster metadata as the broker knows it, while the node runs. */
  get metadata(): BrokerMetadata | undefined {
    return this.#serving?.metadata
  }

  /** The controller of this node, while it runs. It is active if the node leads the quorum. */
  get controller(): Controller | undefined {
    return this.#running?.controller
  }

  /** The node's copy of the metadata log, while it runs. */
  get replica(): MetadataReplica | undefined {
    return this.#running?.replica
  }

  get logs(): LogManager | undefined {
    return this.#running?.logs.logs
  }

  get isOpen(): boolean {
    return this.#running !== undefined
  }

  get isPaused(): boolean {
    return this.#endPause !== undefined
  }

  /** The addresses; `undefined` before the first start. */
  get info(): BrokerInfo | undefined {
    const ports = this.#ports
    return ports && brokerInfo(this.id, this.#resolved.listeners, ports)
  }

  /**
   * The properties of the broker, the same at each start.
   *
   * @throws OdradekError `INVALID_CONFIG`
   */
  get properties(): Readonly<Record<string, string>> {
    this.#properties ??= brokerProperties(this.#resolved, this.#cluster)
    return this.#properties
  }

  /** The time in milliseconds after which the controller fences a killed broker. */
  get sessionTimeoutMs(): number {
    return this.#running!.config.number('broker.session.timeout.ms')
  }

  /**
   * Opens the log directories and the node's copy of the metadata log.
   *
   * @param clusterId the cluster id of new directories
   * @param expected the cluster to which the directories must belong; default any
   * @throws OdradekError `INVALID_CONFIG`, `DATA_DIRECTORY_LOCKED` or `DATA_DIRECTORY_UNUSABLE`
   */
  open(clusterId: string, expected: string | undefined): void {
    const { options, opened, quorum } = this.#cluster
    const { properties } = this
    const config = new BrokerConfig(properties)
    const clock = new PausableClock(this.#cluster.environment.clock)
    const environment = { ...this.#cluster.environment, clock }
    const { durability, createTopicPolicy, alterConfigPolicy } = options
    const logsOptions = { environment, opened, durability, config }
    const logs = openNodeLogs(this.id, logsOptions, clusterId, expected)
    try {
      const replica = openMetadataReplica(this.id, logs.logs)
      const controller = new Controller({
        nodeId: this.id,
        properties,
        quorum,
        random: environment.random,
        policies: { createTopic: createTopicPolicy, alterConfig: alterConfigPolicy },
      })
      this.#running = { config, clock, logs, replica, controller }
      this.#failure = undefined
    } catch (error) {
      logs.discard()
      logs.removeNew()
      throw this.fileError(error)
    }
  }

  /**
   * Creates the broker, which follows the quorum from now on, and binds its ports: the same ones
   * at each start. All metadata must be committed.
   *
   * @throws OdradekError `PORT_UNAVAILABLE`; `DATA_DIRECTORY_UNUSABLE` if the disk fails meanwhile
   */
  async listen(): Promise<void> {
    const { environment, options, network, opened, interceptors, transactions, groups } =
      this.#cluster
    const { heldOut } = this.#cluster
    const { listeners } = this.#resolved
    const { config, clock, logs, replica } = this.#running!
    if (replica.isOffline) throw this.#diskFailed()
    const { random, turn, logger } = environment
    const { quorum } = this.#cluster
    const leaderId = () => quorum.leaderId
    const links = new BrokerLinks(this.id, this.#cluster.links, leaderId, environment.clock)
    const { metadata, unsubscribe } = this.#follow(config, links)
    const broker = new Broker({
      profile: options.profile,
      metadata,
      channel: this.#channel(links),
      peers: this.#peers(links),
      advertise: advertiseByListener(listeners),
      replicaSelector: options.replicaSelector,
      logs: logs.logs,
      clock,
      random,
      turn,
      network,
      logger,
      readOnlyTopics: opened?.names,
      interceptors,
      transactionHooks: transactions.hooksOf(this.id),
      groupHooks: groups.hooks,
      heldOut,
      onFailure: (reason) => {
        this.#failure = reason
        this.#onFailure(this, reason)
      },
    })
    this.#serving = { broker, metadata, links, unsubscribe }
    const ports = await bindListeners(broker, listeners, this.#ports, options.keepAlive)
    if (!this.isOpen) throw this.#diskFailed()
    this.onLinksChanged()
    this.#ports = ports
    config.addProperties(brokerAddresses(this.#resolved, this.#cluster.brokers(), ports))
    for (const listener of this.info!.listeners) {
      network.inProcess.advertise(listener, listener.bound)
    }
  }

  /**
   * Registers the broker and unfences it.
   *
   * @throws OdradekError `DATA_DIRECTORY_UNUSABLE` if the metadata log cannot be written
   */
  async register(): Promise<void> {
    const serving = this.#serving
    if (serving === undefined) throw this.#diskFailed()
    await serving.broker.register(this.info!.listeners).catch((error: unknown) => {
      throw this.isOpen ? this.fileError(error) : this.#diskFailed()
    })
  }

  /** Called when the links of the cluster have changed. */
  onLinksChanged(): void {
    const serving = this.#serving
    if (serving === undefined) return
    serving.links.onChange()
    serving.broker.setClientLine(serving.links.clientLine(this.isPaused))
  }

  /**
   * Suspends the broker as SIGSTOP does its process: its sockets stay open, but it reads and
   * answers nothing, and its timers do not fire.
   */
  pause(): void {
    if (this.isPaused || this.#running === undefined) return
    const { clock } = this.#running
    clock.pause()
    let endFault = (): void => {}
    this.#endPause = () => {
      this.#endPause = undefined
      endFault()
    }
    endFault = this.#cluster.links.add(faultAround(this.id, Infinity))
  }

  /** Continues a paused broker. What has arrived meanwhile is handled before its timers fire. */
  async resume(): Promise<void> {
    const clock = this.#running?.clock
    this.#endPause?.()
    await this.#cluster.environment.turn.next()
    if (!this.isPaused) clock?.resume()
  }

  /**
   * Closes the listener with all connections; the logs stay open. Resolves when the port is
   * released, also if another call has begun it.
   */
  async closeBroker(): Promise<void> {
    const serving = this.#serving
    if (serving !== undefined) {
      this.#serving = undefined
      serving.unsubscribe()
      serving.links.close()
      this.#endPause?.()
      this.#closed = serving.broker.close()
    }
    await this.#closed
  }

  /**
   * Closes the logs as a clean shutdown does.
   *
   * @param removeNew whether directories that the last start created are removed; default false
   */
  async closeLogs(removeNew = false): Promise<void> {
    const logs = this.#running?.logs
    this.#running = undefined
    await logs?.close()
    if (removeNew) logs?.removeNew()
  }

  /** Releases files, locks and port immediately without writing, as when the process dies. */
  async discard(): Promise<void> {
    const running = this.#running
    const closed = this.closeBroker()
    this.#running = undefined
    running?.logs.discard()
    await closed
  }

  /** Returns the error of a start that is caused by the files. */
  fileError(error: unknown): Error {
    const { storage } = this.#cluster.environment
    return dataDirectoryError(error, storage.directoriesOf(this.id)[0]!)
  }

  #diskFailed(): Error {
    return this.fileError(new Error(this.#failure ?? 'the disk has failed'))
  }

  #follow(config: BrokerConfig, links: BrokerLinks): Pick<BrokerParts, 'metadata' | 'unsubscribe'> {
    const { quorum, environment, groups, waits } = this.#cluster
    const metadata = new BrokerMetadata(this.id, quorum.copyImage(), config)
    const direct = links.metadata((delta) => {
      metadata.deliver(delta)
      groups.onMetadataChanged()
      waits.onChanged()
    })
    const deliver = environment.interBroker?.toBroker(metadata, direct) ?? direct
    return { metadata, unsubscribe: quorum.subscribe(deliver) }
  }

  #channel(links: BrokerLinks): ControllerChannel {
    const { quorum, environment, activeController } = this.#cluster
    const direct = links.controller({
      get controllerId() {
        return quorum.leaderId
      },
      send: (request) => {
        const controller = activeController()
        return controller === undefined ? undefined : request(controller)
      },
    })
    return environment.interBroker?.toController(this.id, direct) ?? direct
  }

  #peers(links: BrokerLinks): PeerBrokers {
    const { environment, runningBroker } = this.#cluster
    const direct = links.peers({
      send: (brokerId, api, apiVersion, request, connection) =>
        runningBroker(brokerId)?.peerRequests.handle(api, apiVersion, request, this.id, connection),
    })
    return environment.interBroker?.toPeer?.(this.id, direct) ?? direct
  }
}
