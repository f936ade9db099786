import type { Clock } from '../platform/clock.ts'
import type { Network } from '../platform/network.ts'
import type { Random } from '../platform/random.ts'
import type { Uuid } from '../platform/uuid.ts'
import { METADATA_TOPIC } from '../log/log-file-names.ts'
import type { LogDirFailure, LogManager } from '../log/log-manager.ts'
import { Listener } from '../network/listener.ts'
import type { NetworkLogger } from '../network/network-logger.ts'
import type { BrokerConfig } from '../controller/broker-config.ts'
import { ConfigResourceType } from '../controller/config-resource.ts'
import type { MetadataDelta, MetadataImage } from '../controller/metadata-image.ts'
import type { ControllerOperations } from '../controller/operations.ts'
import type { LogConfig } from '../log/log-config.ts'
import { readGroupConfig } from '../coordinator/group/group-config.ts'
import { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import { OFFSETS_TOPIC } from '../coordinator/group/offsets-topic-log.ts'
import { DeletedTopics } from './deleted-topics.ts'
import { FetchSessionCache } from './fetch-session-cache.ts'
import { internalTopic } from './internal-topics.ts'
import { offsetsTopicLog } from './offsets-topic-log.ts'
import type { Profile } from './profile.ts'
import { ProducerIdBlock } from './producer-id-block.ts'
import { ReplicaManager } from './replica-manager.ts'
import { requestHandler } from './request-handler.ts'
import { StateCommits } from './state-commits.ts'

/** Where clients reach a broker. */
export interface BrokerNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface BrokerOptions {
  readonly id: number
  readonly rack: string | null
  readonly profile: Profile
  readonly config: BrokerConfig
  readonly controller: ControllerOperations
  /** The broker on which the controller runs. */
  readonly controllerId: number
  /** What a topic's configs come to on this broker. */
  readonly logConfig: (topic: string) => LogConfig
  /** Open, and not closed by the broker. */
  readonly logs: LogManager
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly logger: NetworkLogger
  /** Topics that clients may not write to, because their files are served as they are; default none. */
  readonly readOnlyTopics?: ReadonlySet<string> | undefined
  /** Told when the broker closes over a log directory that it cannot do without. */
  readonly onFailure: (reason: string) => void
}

/** One broker: its listener, its logs, the groups it coordinates. */
export class Broker {
  readonly id: number
  readonly profile: Profile
  readonly config: BrokerConfig
  readonly controller: ControllerOperations
  readonly image: MetadataImage
  readonly clock: Clock
  readonly logger: NetworkLogger
  readonly logs: LogManager
  readonly replicas: ReplicaManager
  readonly groups: GroupCoordinator
  readonly fetchSessions: FetchSessionCache
  readonly producerIds: ProducerIdBlock
  readonly deletedTopics: DeletedTopics
  readonly stateCommits: StateCommits
  /** The largest answer to a Fetch, in bytes. */
  readonly maxFetchBytes: number
  readonly #options: BrokerOptions
  #listener: Listener | undefined
  #unsubscribe: () => void = () => {}
  #closing: Promise<void> | undefined

  constructor(options: BrokerOptions) {
    const { id, config, controller, clock, random, logs, profile } = options
    this.#options = options
    this.id = id
    this.profile = profile
    this.config = config
    this.controller = controller
    this.image = controller.image
    this.clock = clock
    this.logger = options.logger
    this.logs = logs
    this.maxFetchBytes = config.number('fetch.max.bytes')
    this.producerIds = new ProducerIdBlock(controller, id)
    this.deletedTopics = new DeletedTopics(clock)
    this.stateCommits = new StateCommits(() => controller.commit())
    const sessionSlots = config.number('max.incremental.fetch.session.cache.slots')
    this.fetchSessions = new FetchSessionCache(clock, random, sessionSlots)
    this.replicas = new ReplicaManager({
      brokerId: id,
      image: this.image,
      logs,
      logConfig: options.logConfig,
      onElected: ({ topic, partition }) => {
        if (topic === OFFSETS_TOPIC) this.groups.onElected(partition)
      },
      onResigned: ({ topic, partition }) => {
        if (topic === OFFSETS_TOPIC) this.groups.onResigned(partition)
      },
      onAssigned: (assignments) => controller.assignReplicasToDirs(id, assignments),
    })
    logs.onDirectoryFailure((failure) => this.#handleLogDirFailure(failure))
    this.groups = new GroupCoordinator({
      clock,
      random,
      config: readGroupConfig(config),
      log: offsetsTopicLog(this.replicas, this.image, config, this.stateCommits),
      topics: this.image,
      expireMembersOfClosedConnections: profile === 'test',
      onLoadFailure: (partition, error) => this.#reportUnreadableOffsets(partition, error),
    })
  }

  #reportUnreadableOffsets(partition: number, error: unknown): void {
    const led = this.replicas.leader(OFFSETS_TOPIC, partition)
    const directory = typeof led === 'number' ? `${OFFSETS_TOPIC}-${partition}` : led.log.directory
    this.logger.error(
      { topic: OFFSETS_TOPIC, partition, err: error },
      `Cannot load ${OFFSETS_TOPIC}-${partition}: its groups answer NOT_COORDINATOR. To see the damage: odradek dump --verify ${directory}`,
    )
  }

  /** The address the broker listens on, once it does. */
  get address(): { host: string; port: number } {
    const { host, port } = this.#listener!
    return { host, port }
  }

  /** Binds the port; requests are answered from the moment the controller knows the broker. */
  async listen(host: string, port: number, keepAlive: boolean): Promise<void> {
    const { network, clock, logger } = this.#options
    this.#listener = await Listener.listen({
      host,
      port,
      handler: requestHandler(this),
      clock,
      network,
      logger,
      keepAlive,
      maxRequestBytes: this.config.number('socket.request.max.bytes'),
      idleMs: this.config.number('connections.max.idle.ms'),
    })
  }

  /**
   * Makes the broker known to the cluster and takes up the partitions it leads.
   *
   * @param advertised where clients of the listener reach it
   */
  register({ host, port }: { host: string; port: number }): void {
    const { rack, config } = this.#options
    const { name } = this.#listener!
    this.controller.assignReplicasToDirs(this.id, this.replicas.takeStock())
    this.#unsubscribe = this.controller.onChange((delta) => this.#onMetadataChange(delta))
    this.controller.registerBroker({
      id: this.id,
      endpoints: [{ name, host, port, securityProtocol: 0 }],
      rack,
      logDirs: this.logs.onlineDirectoryIds(),
      properties: Object.fromEntries(config.properties),
    })
    this.#cordonDirectories()
    this.replicas.start()
  }

  /** The brokers that are in service, or all that are known, as a client of the named listener reaches them. */
  endpoints(listenerName: string, includeFenced = false): BrokerNode[] {
    const brokers = includeFenced ? [...this.image.brokers.values()] : this.image.aliveBrokers()
    return brokers.flatMap(({ id, endpoints, rack }) => {
      const endpoint = endpoints.find(({ name }) => name === listenerName)
      return endpoint === undefined
        ? []
        : [{ nodeId: id, host: endpoint.host, port: endpoint.port, rack }]
    })
  }

  /** The broker that clients are told is the controller. */
  controllerId(): number {
    return this.#options.controllerId
  }

  /** Whether the files of a topic are served as they are. */
  isReadOnly(topic: string): boolean {
    return this.#options.readOnlyTopics?.has(topic) ?? false
  }

  readonly topicName = (topicId: Uuid): string | undefined =>
    this.image.topicsById.get(topicId)?.name

  /** Makes one of the topics that the brokers keep their own state in, unless it is there. */
  createInternalTopic(name: string): void {
    if (this.image.topics.has(name)) return
    this.controller.createTopics([internalTopic(name, this.config)])
  }

  /** Drops every connection and everything that waits; the logs stay open. Closing twice does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#unsubscribe()
    this.groups.close()
    await this.#listener?.close()
  }

  /** The broker lives on without the directory, unless there is nothing left to live on (Kafka's `handleLogDirFailure`). */
  #handleLogDirFailure({ path, directoryId, reason, logs, wasLast }: LogDirFailure): void {
    const fields = { broker: this.id, logDir: path, reason }
    if (this.#closing !== undefined) {
      this.logger.error(fields, 'Log directory failed while it was being closed')
      return
    }
    this.replicas.handleLogDirFailure(logs)
    if (wasLast) this.#shutDown(fields, 'Shutting down, because all log directories have failed')
    else if (logs.some(({ topic }) => topic === METADATA_TOPIC))
      this.#shutDown(fields, 'Shutting down, because the directory of the metadata log has failed')
    else {
      this.logger.error(fields, 'Log directory failed: its partitions are offline')
      this.controller.handleDirectoriesOffline(this.id, [directoryId])
    }
  }

  /** Where Kafka halts its process: as if it had been killed, but for this one broker. */
  #shutDown(fields: { logDir: string; reason: string }, message: string): void {
    this.logger.error(fields, message)
    this.controller.fenceBrokers([this.id])
    void this.close().catch((err: unknown) => {
      this.logger.error({ ...fields, err }, 'Closing the listener failed')
    })
    this.logs.discard()
    this.#options.onFailure(`${fields.logDir} has failed: ${fields.reason}`)
  }

  /** Tells the controller which directories get no new replicas. */
  #cordonDirectories(): void {
    const cordoned = this.logs.logDirs().filter(({ isCordoned }) => isCordoned)
    const ids = cordoned.flatMap(({ directoryId }) => directoryId ?? [])
    this.controller.cordonDirectories(this.id, ids)
  }

  #onMetadataChange(delta: MetadataDelta): void {
    this.replicas.apply(delta)
    if (delta.changedConfigs.some(({ type }) => type === ConfigResourceType.Broker)) {
      this.#cordonDirectories()
    }
    if (delta.deletedTopics.size > 0) {
      this.deletedTopics.add(delta.deletedTopics.keys())
      this.groups.onTopicsDeleted(delta.deletedTopics.keys())
    }
  }
}
