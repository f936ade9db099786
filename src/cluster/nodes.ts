import type { Broker } from '../broker/broker.ts'
import { HeldOutReplicas } from '../broker/replication/held-out-replicas.ts'
import type { Controller } from '../controller/controller.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import { MetadataQuorum } from '../controller/metadata-quorum.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { randomUuid } from '../platform/uuid.ts'
import { BrokerContacts } from './broker-contacts.ts'
import { checkFirstBroker } from './check-first-broker.ts'
import { clusterClosed } from './cluster-closed.ts'
import type { ClusterContext } from './cluster-context.ts'
import type { ClusterGroups } from './cluster-groups.ts'
import type { ClusterWaits } from './cluster-waits.ts'
import type { ClusterTransactions } from './cluster-transactions.ts'
import { Links } from './links/links.ts'
import type { FaultyNetwork } from './network-handle.ts'
import { Node } from './node.ts'
import { resolveAddedBroker, type ResolvedBroker } from './resolve-brokers.ts'
import type { BrokerOptions } from './options.ts'
import { metadataMissing } from './start-errors.ts'
import { storedMetadataLogs } from './stored-metadata-logs.ts'

/**
 * The brokers of a cluster and the quorum of their controllers. They start together; then each can
 * stop, die and start again, and others can be added. The operations on one broker run one after
 * the other.
 */
export class Nodes {
  readonly #cluster: ClusterContext
  readonly #brokers: ResolvedBroker[]
  readonly #nodes: Node[]
  /** The operation on a broker that is under way, by id. */
  readonly #underWay = new Map<number, Promise<void>>()
  readonly #contacts: BrokerContacts
  #closing: Promise<void> | undefined

  constructor(
    shared: Omit<
      ClusterContext,
      'quorum' | 'links' | 'heldOut' | 'brokers' | 'runningBroker' | 'activeController'
    >,
  ) {
    this.#brokers = [...shared.options.brokers]
    const quorum = new MetadataQuorum({
      clock: shared.environment.clock,
      voterIds: () => this.#brokers.map(({ id }) => id),
      canReach: (one, other) => this.#cluster.links.canReach(one, other),
    })
    const links = new Links(() => this.#contacts.onChanged())
    this.#cluster = {
      ...shared,
      quorum,
      links,
      heldOut: new HeldOutReplicas(),
      brokers: () => this.#brokers,
      runningBroker: (brokerId) => this.#find(brokerId)?.broker,
      activeController: () => this.#find(quorum.leaderId)?.controller,
    }
    this.#nodes = this.#brokers.map((each) => this.#newNode(each))
    this.#contacts = new BrokerContacts({
      clock: shared.environment.clock,
      links,
      quorum,
      waits: shared.waits,
      nodes: () => this.#nodes,
      activeController: this.#cluster.activeController,
    })
  }

  get all(): readonly Node[] {
    return this.#nodes
  }

  /** The brokers that run. */
  get running(): readonly Broker[] {
    return this.#nodes.flatMap(({ broker }) => broker ?? [])
  }

  /**
   * The metadata with everything that was appended; while no broker runs, the last known metadata.
   */
  get image(): MetadataImage {
    return this.#cluster.quorum.image
  }

  /** The watches and holds of transactions. */
  get transactions(): ClusterTransactions {
    return this.#cluster.transactions
  }

  /** The waits for groups, and their timelines. */
  get groups(): ClusterGroups {
    return this.#cluster.groups
  }

  /** The waits for brokers and partitions. */
  get waits(): ClusterWaits {
    return this.#cluster.waits
  }

  get quorum(): MetadataQuorum {
    return this.#cluster.quorum
  }

  /** The active controller; `undefined` while no broker runs. */
  activeController(): Controller | undefined {
    return this.#cluster.activeController()
  }

  /** @throws OdradekError `UNKNOWN_BROKER` */
  get(brokerId: number): Node {
    const node = this.#find(brokerId)
    if (node !== undefined) return node
    const ids = this.#nodes.map(({ id }) => id).join(', ')
    throw new OdradekError(
      'UNKNOWN_BROKER',
      `The cluster has no broker ${brokerId}; its brokers are ${ids}`,
    )
  }

  /** Followers that are held out of the in-sync replicas. */
  get heldOut(): HeldOutReplicas {
    return this.#cluster.heldOut
  }

  /** The faults of the network between brokers, controllers and clients. */
  get network(): FaultyNetwork {
    return {
      add: (fault) => this.#cluster.links.add(fault),
      settled: () => this.#contacts.settled(),
      checkBroker: (brokerId) => void this.get(brokerId),
    }
  }

  /** @throws OdradekError `INVALID_CONFIG` */
  checkConfigs(): void {
    for (const node of this.#nodes) void node.properties
  }

  /**
   * Starts all brokers. What was opened is closed by {@link close} when that fails.
   *
   * @throws OdradekError `INVALID_CONFIG`, `DATA_DIRECTORY_LOCKED`, `DATA_DIRECTORY_UNUSABLE` or
   * `PORT_UNAVAILABLE`
   */
  async startAll(): Promise<void> {
    const { environment, options, quorum } = this.#cluster
    checkFirstBroker(environment.storage, this.#nodes[0]!.id)
    let { clusterId } = options
    for (const node of this.#nodes) {
      node.open(clusterId ?? randomUuid(environment.random), clusterId)
      clusterId ??= node.logs!.clusterId
    }
    this.#startQuorum(this.#nodes, clusterId!)
    for (const node of this.#nodes) await this.#listen(node)
    for (const node of this.#nodes) {
      // The controller began its session before the broker listened.
      this.#contacts.onStarted(node.id)
      await node.register()
    }
    // Only now: each copies at once what the leader has written meanwhile.
    for (const node of this.#nodes) {
      if (quorum.leaderId !== node.id) this.#inFilesOf(node, () => quorum.join(node.replica!))
    }
  }

  /** See `ClusterBroker.start`. */
  start(brokerId: number): Promise<void> {
    const node = this.get(brokerId)
    return this.#enqueue(node, () => this.#start(node))
  }

  /** See `ClusterBroker.stop`. */
  stop(brokerId: number): Promise<void> {
    const node = this.get(brokerId)
    return this.#closed() ?? this.#enqueue(node, () => this.#stop(node))
  }

  /** See `ClusterBroker.pause`. */
  pause(brokerId: number): Promise<void> {
    const node = this.get(brokerId)
    return this.#enqueue(node, () => this.#pause(node))
  }

  /** See `ClusterBroker.resume`. */
  resume(brokerId: number): Promise<void> {
    const node = this.get(brokerId)
    return this.#closed() ?? this.#enqueue(node, () => this.#resume(node))
  }

  /** See `ClusterBroker.kill`. */
  kill(brokerId: number): Promise<void> {
    const node = this.get(brokerId)
    return this.#closed() ?? this.#enqueue(node, () => this.#kill(node))
  }

  /** Whether a broker serves clients: it is registered, and in service. */
  isRunning(brokerId: number): boolean {
    const node = this.#find(brokerId)
    return node?.broker?.isRegistered === true
  }

  /** Adds a broker and starts it. It is not part of the cluster if its start fails. */
  async add(options: BrokerOptions): Promise<Node> {
    this.#checkOpen()
    const broker = resolveAddedBroker(options, this.#brokers, this.#cluster.options.addresses)
    const node = this.#newNode(broker)
    this.#brokers.push(broker)
    this.#nodes.push(node)
    try {
      await this.#enqueue(node, () => this.#start(node))
      return node
    } catch (error) {
      this.#brokers.splice(this.#brokers.indexOf(broker), 1)
      this.#nodes.splice(this.#nodes.indexOf(node), 1)
      throw error
    }
  }

  /** Stops a broker, and removes it from the cluster. Its files stay. */
  async remove(brokerId: number): Promise<void> {
    const node = this.get(brokerId)
    await this.#enqueue(node, async () => {
      this.#checkOpen()
      if (this.#find(brokerId) !== node) return
      await this.#stop(node)
      await this.activeController()?.unregisterBroker(brokerId)
      this.#brokers.splice(
        this.#brokers.findIndex(({ id }) => id === brokerId),
        1,
      )
      this.#nodes.splice(this.#nodes.indexOf(node), 1)
    })
  }

  /**
   * Closes all brokers that run, and after the last one their logs.
   *
   * @param hasStarted false after a start that failed: what it created is removed
   * @throws the first error; everything is closed in any case
   */
  close(hasStarted: boolean): Promise<void> {
    this.#closing = this.#close(hasStarted)
    return this.#closing
  }

  async #close(hasStarted: boolean): Promise<void> {
    await Promise.allSettled(this.#underWay.values())
    this.#contacts.close()
    this.#cluster.quorum.close()
    const errors: unknown[] = []
    const note = (error: unknown) => void errors.push(error)
    const nodes = [...this.#nodes].reverse()
    for (const node of nodes) await node.closeBroker().catch(note)
    const { isTemporary } = this.#cluster.environment.storage
    for (const node of nodes) {
      const closed = isTemporary && hasStarted ? node.discard() : node.closeLogs(!hasStarted)
      await closed.catch(note)
    }
    if (errors.length > 0) throw errors[0]
  }

  #find(brokerId: number | undefined): Node | undefined {
    return this.#nodes.find(({ id }) => id === brokerId)
  }

  #newNode(broker: ResolvedBroker): Node {
    return new Node(broker, this.#cluster, (node, reason) => this.#handleFailure(node, reason))
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw clusterClosed()
  }

  /** Resolves when the closed cluster has released its ports and files. */
  #closed(): Promise<void> | undefined {
    return this.#closing?.catch(() => {})
  }

  #enqueue(node: Node, operation: () => Promise<void>): Promise<void> {
    const before = this.#underWay.get(node.id)
    const result = before === undefined ? operation() : before.then(operation)
    const settled = result
      .catch(() => {})
      .finally(() => {
        if (this.#underWay.get(node.id) === settled) this.#underWay.delete(node.id)
      })
    this.#underWay.set(node.id, settled)
    return result
  }

  async #start(node: Node): Promise<void> {
    this.#checkOpen()
    // An added broker may have been removed again meanwhile, because its first start failed.
    if (this.get(node.id) !== node || node.isOpen) return
    const { quorum } = this.#cluster
    const { clusterId } = quorum.image
    try {
      node.open(clusterId, clusterId)
      this.#contacts.onStarted(node.id)
      if (quorum.leaderId === undefined) this.#startQuorum([node], clusterId)
      else this.#inFilesOf(node, () => quorum.join(node.replica!))
      await this.#listen(node)
      await node.register()
    } catch (error) {
      quorum.leave(node.id)
      this.#fence(node)
      await Promise.allSettled([node.closeBroker()])
      await Promise.allSettled([node.closeLogs(true)])
      throw error
    }
  }

  async #stop(node: Node): Promise<void> {
    const { broker } = node
    if (broker === undefined) return
    if (node.isPaused) {
      throw new OdradekError(
        'BROKER_PAUSED',
        `Broker ${node.id} is paused and cannot stop: resume it before, or kill it`,
      )
    }
    if (this.#contacts.isInContact(node.id)) {
      await broker.services.controller.shutDownBroker(node.id)
    }
    this.#cluster.quorum.leave(node.id)
    await node.closeBroker()
    await node.closeLogs()
  }

  async #pause(node: Node): Promise<void> {
    this.#checkOpen()
    if (!this.isRunning(node.id)) {
      throw new OdradekError(
        'BROKER_NOT_RUNNING',
        `Broker ${node.id} is not running and cannot be paused: start it before`,
      )
    }
    node.pause()
  }

  async #resume(node: Node): Promise<void> {
    if (!node.isPaused) return
    await node.resume()
    await this.#contacts.settled()
  }

  async #kill(node: Node): Promise<void> {
    if (!node.isOpen) return
    const { options, quorum } = this.#cluster
    const discarded = node.discard()
    quorum.leave(node.id)
    if (options.profile === 'faithful') this.#contacts.onChanged()
    else this.#fence(node)
    await discarded
  }

  /** Handles a broker that failed like a killed one, which the others know immediately. */
  #handleFailure(node: Node, reason: string): void {
    const { quorum, environment, options } = this.#cluster
    void node.discard().catch((err: unknown) => {
      environment.logger.error({ broker: node.id, err }, 'Closing the listener failed')
    })
    quorum.leave(node.id)
    this.#fence(node)
    options.onBrokerFailure?.({ id: node.id, reason })
  }

  #fence({ id }: Node): void {
    void this.#cluster.activeController()?.fenceBrokers([id])
  }

  /** Begins the quorum with the first brokers that run. */
  #startQuorum(nodes: readonly Node[], clusterId: string): void {
    const { environment, quorum, opened } = this.#cluster
    const { storage } = environment
    const [first] = nodes as [Node]
    const isOpen = (id: number) => this.#find(id)?.isOpen === true
    const replicas = nodes.map(({ replica }) => replica!)
    this.#inFilesOf(first, () => {
      const stored = storedMetadataLogs(storage, first.id, isOpen, clusterId)
      const isNew = [...replicas, ...stored].every(({ endOffset }) => endOffset === 0)
      const orphan = nodes.flatMap(({ logs }) => logs!.storedPartitions())[0]
      if (isNew && opened === undefined && orphan !== undefined) {
        throw metadataMissing(orphan.directory, storage.directoriesOf(first.id))
      }
      quorum.start(clusterId, replicas, stored)
      const controller = this.#cluster.activeController()
      if (isNew) this.#bootstrap(controller)
      // No broker is registered after a restart. Those that register lead again, in the same epochs
      // as in Kafka.
      void controller?.fenceBrokers([...quorum.image.brokers.keys()])
    })
  }

  #bootstrap(controller: Controller | undefined): void {
    controller?.bootstrap(this.#cluster.options.features)
    for (const records of this.#cluster.opened?.metadata() ?? []) controller?.append(records)
  }

  /** Binds the port when all metadata is committed, so that the broker can begin to follow it. */
  async #listen(node: Node): Promise<void> {
    for (let settled; (settled = this.#cluster.quorum.settled()) !== undefined;) {
      if (await settled) continue
      throw node.fileError(new Error('the metadata log could not be written'))
    }
    // At once: after an await, there may be metadata that is not committed.
    await node.listen()
  }

  #inFilesOf(node: Node, action: () => void): void {
    try {
      action()
    } catch (error) {
      throw node.fileError(error)
    }
  }
}
