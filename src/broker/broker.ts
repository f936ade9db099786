import { ApiError } from '../protocol/api-error.ts'
import type { Clock } from '../platform/clock.ts'
import type { Network } from '../platform/network.ts'
import type { Random } from '../platform/random.ts'
import type { Turn } from '../platform/turn.ts'
import { METADATA_TOPIC } from '../log/log-file-names.ts'
import type { LogDirFailure, LogManager } from '../log/log-manager.ts'
import { Listener } from '../network/listener.ts'
import type { NetworkLogger } from '../network/network-logger.ts'
import { BrokerLoggers } from '../controller/broker-loggers.ts'
import type { BrokerMetadata } from '../controller/broker-metadata.ts'
import { ConfigResourceType } from '../controller/config-resource.ts'
import type { MetadataDelta, MetadataImage } from '../controller/metadata-image.ts'
import { ForwardedRequests, type ControllerChannel } from '../controller/controller-channel.ts'
import { topicLogConfig } from '../controller/topic-config.ts'
import { readGroupConfig } from '../coordinator/group/group-config.ts'
import { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import type { BrokerServices } from './broker-services.ts'
import { Delays } from './delays.ts'
import { DeletedTopics } from './deleted-topics.ts'
import { FetchSessionCache } from './fetch-session-cache.ts'
import { internalPartition } from './internal-partition.ts'
import { InternalTopic, partitionCountOf } from './internal-topics.ts'
import type { Profile } from './profile.ts'
import { ProducerIdBlock } from './producer-id-block.ts'
import { ReplicaManager } from './replica-manager.ts'
import { Interceptors } from './pipeline/interceptors.ts'
import { protectTopics } from './pipeline/protect-topics.ts'
import { RequestPipeline } from './pipeline/request-pipeline.ts'
import { servedApis } from './served-apis.ts'

const OFFSETS_TOPIC = InternalTopic.ConsumerOffsets

/** The controller's id while there is none. */
const NO_CONTROLLER = -1

export interface BrokerOptions {
  readonly profile: Profile
  /** The cluster metadata as this broker knows it, and its configs. */
  readonly metadata: BrokerMetadata
  /** The way to the active controller. */
  readonly channel: ControllerChannel
  /** Open, and not closed by the broker. */
  readonly logs: LogManager
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly network: Network
  readonly logger: NetworkLogger
  /** Topics that clients must not change, because their files are served as they are; default none. */
  readonly readOnlyTopics?: ReadonlySet<string> | undefined
  /** Default none. */
  readonly interceptors?: Interceptors
  /** Called when the broker cannot go on without a log directory that has failed: it has to be closed. */
  readonly onFailure: (reason: string) => void
}

/** One broker: its listener, its logs, the groups it coordinates. */
export class Broker {
  readonly services: BrokerServices
  readonly pipeline: RequestPipeline
  readonly #options: BrokerOptions
  #listener: Listener | undefined
  #unsubscribe: () => void = () => {}
  #closing: Promise<void> | undefined

  constructor(options: BrokerOptions) {
    const { metadata, channel, clock, random, logs, logger, profile } = options
    const { brokerId, image, config } = metadata
    const { readOnlyTopics = new Set(), interceptors = new Interceptors() } = options
    const controller = new ForwardedRequests(channel)
    this.#options = options
    const replicas = new ReplicaManager({
      brokerId,
      image,
      logs,
      logConfig: (topic) => topicLogConfig(image.configs(ConfigResourceType.Topic, topic), config),
      onElected: (partition) => {
        if (partition.topic === OFFSETS_TOPIC) groups.onElected(internalPartition(partition))
      },
      onResigned: ({ topic, partition }) => {
        if (topic === OFFSETS_TOPIC) groups.onResigned(partition)
      },
      onAssigned: (assignments) => void controller.assignReplicasToDirs(brokerId, assignments),
    })
    logs.onDirectoryFailure((failure) => this.#handleLogDirFailure(failure))
    const groups = new GroupCoordinator({
      clock,
      random,
      turn: options.turn,
      config: readGroupConfig(config),
      partitionCount: () => partitionCountOf(OFFSETS_TOPIC, image, config),
      topics: image,
      expireMembersOfClosedConnections: profile === 'test',
      onLoadFailure: (partition, error) => this.#reportUnreadableOffsets(partition, error),
    })
    const sessionSlots = config.number('max.incremental.fetch.session.cache.slots')
    this.services = {
      brokerId,
      apis: servedApis.map(({ api }) => api),
      profile,
      config,
      loggers: new BrokerLoggers(),
      controller,
      image,
      clock,
      logger,
      logs,
      replicas,
      groups,
      fetchSessions: new FetchSessionCache(clock, random, sessionSlots),
      producerIds: new ProducerIdBlock(controller, brokerId),
      deletedTopics: new DeletedTopics(clock),
      delays: new Delays(clock),
      maxFetchBytes: config.number('fetch.max.bytes'),
      controllerId: () => shownController(channel, image),
    }
    this.pipeline = new RequestPipeline({
      services: this.services,
      apis: servedApis,
      steps: {
        protectTopics: readOnlyTopics.size === 0 ? undefined : protectTopics(readOnlyTopics),
      },
      interceptors,
    })
  }

  /** Topics that clients must not change. */
  get readOnlyTopics(): ReadonlySet<string> | undefined {
    return this.#options.readOnlyTopics
  }

  get id(): number {
    return this.#options.metadata.brokerId
  }

  #reportUnreadableOffsets(partition: number, error: unknown): void {
    const led = this.services.replicas.leader(OFFSETS_TOPIC, partition)
    const directory = led instanceof ApiError ? `${OFFSETS_TOPIC}-${partition}` : led.log.directory
    this.services.logger.error(
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
      handler: this.pipeline.onFrame,
      clock,
      network,
      logger,
      keepAlive,
      maxRequestBytes: this.services.config.number('socket.request.max.bytes'),
      idleMs: this.services.config.number('connections.max.idle.ms'),
    })
  }

  /**
   * Registers the broker with the controller and, once its image has the registration, puts it in service.
   *
   * @param advertised where clients of the listener reach it
   * @throws Error when the metadata log cannot be written
   */
  async register({ host, port }: { host: string; port: number }): Promise<void> {
    const { metadata } = this.#options
    const { controller, replicas, logs, config } = this.services
    const { name } = this.#listener!
    const hadCleanShutdown = logs.hadCleanShutdown
    void controller.assignReplicasToDirs(this.id, replicas.takeStock())
    this.#unsubscribe = metadata.onChange((delta) => this.#onMetadataChange(delta))
    const brokerEpoch = await controller.registerBroker({
      id: this.id,
      endpoints: [{ name, host, port, securityProtocol: 0 }],
      rack: config.string('broker.rack'),
      logDirs: logs.onlineDirectoryIds(),
      hadCleanShutdown,
    })
    if (brokerEpoch === undefined) throw new Error('the controller cannot register the broker')
    await metadata.reached(brokerEpoch)
    this.#cordonDirectories()
    if (!(await controller.unfenceBroker(this.id))) {
      throw new Error('the controller cannot put the broker in service')
    }
    replicas.start()
    // What a power failure may have left unsynced is synced now, and can be read then.
    await replicas.committed()
  }

  /** Drops every connection and everything that waits; the logs stay open. Closing twice does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#unsubscribe()
    this.pipeline.close()
    this.services.delays.close()
    this.services.groups.close()
    await this.#listener?.close()
  }

  /** The broker lives on without the directory, unless there is nothing left to live on (Kafka's `handleLogDirFailure`). */
  #handleLogDirFailure({ path, directoryId, reason, logs, wasLast }: LogDirFailure): void {
    const fields = { broker: this.id, logDir: path, reason }
    if (this.#closing !== undefined) {
      this.services.logger.error(fields, 'Log directory failed while it was being closed')
      return
    }
    this.services.replicas.handleLogDirFailure(logs)
    if (wasLast) this.#shutDown(fields, 'Shutting down, because all log directories have failed')
    else if (logs.some(({ topic }) => topic === METADATA_TOPIC))
      this.#shutDown(fields, 'Shutting down, because the directory of the metadata log has failed')
    else {
      this.services.logger.error(fields, 'Log directory failed: its partitions are offline')
      void this.services.controller.handleDirectoriesOffline(this.id, [directoryId])
    }
  }

  /** Where Kafka halts its process: as if it had been killed, but for this one broker. */
  #shutDown(fields: { logDir: string; reason: string }, message: string): void {
    this.services.logger.error(fields, message)
    this.#options.onFailure(`${fields.logDir} has failed: ${fields.reason}`)
  }

  /** Tells the controller which directories get no new replicas. */
  #cordonDirectories(): void {
    const cordoned = this.services.logs.logDirs().filter(({ isCordoned }) => isCordoned)
    const ids = cordoned.flatMap(({ directoryId }) => directoryId ?? [])
    void this.services.controller.cordonDirectories(this.id, ids)
  }

  #onMetadataChange(delta: MetadataDelta): void {
    this.services.replicas.apply(delta)
    if (delta.changedConfigs.some(({ type }) => type === ConfigResourceType.Broker)) {
      this.#cordonDirectories()
    }
    if (delta.deletedTopics.size > 0) {
      this.services.deletedTopics.add(delta.deletedTopics.keys())
      this.services.groups.onTopicsDeleted(delta.deletedTopics)
    }
  }
}

/** The active controller's broker, as far as this broker knows it to be in service; -1 for none. */
function shownController({ controllerId }: ControllerChannel, image: MetadataImage): number {
  return controllerId !== undefined && image.isAlive(controllerId) ? controllerId : NO_CONTROLLER
}
