import type { Uuid } from '../platform/uuid.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { StoredPartition } from '../log/directory/stored-partitions.ts'
import type { Log } from '../log/log.ts'
import type { LogConfig } from '../log/log-config.ts'
import { METADATA_TOPIC } from '../log/log-file-names.ts'
import type { LogManager } from '../log/log-manager.ts'
import { isStorageError } from '../log/storage-guard.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import { DirectoryId, directoryOf, isDirectory } from '../controller/partitions/directory-id.ts'
import {
  NO_LEADER,
  type MetadataDelta,
  type MetadataImage,
  type PartitionRegistration,
  type TopicImage,
} from '../controller/metadata-image.ts'
import type { DirectoryAssignment } from '../controller/operations.ts'
import { Partition } from './partition.ts'
import type { ReplicaFetchers } from './replication/replica-fetchers.ts'
import type { ReplicationContext } from './replication/replication-context.ts'

export interface ReplicaManagerOptions {
  brokerId: number
  image: MetadataImage
  logs: LogManager
  /** Returns the log configs of a topic on this broker. */
  logConfig: (topic: string) => LogConfig
  /** The parts of the broker that partitions with several replicas use. */
  replication: ReplicationContext
  /** Copies partitions from their leaders. */
  fetchers: Pick<ReplicaFetchers, 'start' | 'stop' | 'close'>
  /** Called when this broker starts to lead a partition, and when it stops. */
  onElected: (partition: Partition) => void
  onResigned: (partition: Partition) => void
  /** Called with the log directories of partitions whose directory the image does not know. */
  onAssigned: (assignments: readonly DirectoryAssignment[]) => void
}

/**
 * The partitions of which this broker has a replica, according to the metadata image (Kafka's
 * `ReplicaManager`). It leads some of them, and copies the others from their leaders.
 */
export class ReplicaManager {
  readonly #options: ReplicaManagerOptions
  /** The replicas, by topic name and index. */
  readonly #partitions = new Map<string, (Partition | undefined)[]>()
  /**
   * Partitions whose log directory has failed (Kafka's `HostedPartition.Offline`), by topic name.
   */
  readonly #offline = new Map<string, Set<number>>()
  #assignments: DirectoryAssignment[] = []

  constructor(options: ReplicaManagerOptions) {
    this.#options = options
  }

  /**
   * Renames stray partitions, which the image does not assign to this broker. Returns the
   * partitions that are in another log directory than the image says, if the directory in the image
   * cannot be used. The controller must get them before the broker registers, so that the broker
   * leads these partitions again. Includes the partitions without files of a directory with a new
   * id.
   */
  takeStock(): DirectoryAssignment[] {
    const { brokerId, image, logs } = this.#options
    logs.setAsideStrays((stored) => this.#isStray(stored))
    const online = new Set(logs.onlineDirectoryIds())
    const renamed = new Map<Uuid, Uuid>()
    const assignments: DirectoryAssignment[] = []
    for (const { directoryId, hasNewId, partitions } of logs.storedByDirectory()) {
      for (const stored of partitions) {
        const topicId = this.#topicOf(stored)?.id
        const registration = this.#registrationOf(stored)
        if (topicId === undefined || registration === undefined) continue
        const assigned = directoryOf(registration, brokerId)
        if (online.has(assigned)) continue
        assignments.push({ topicId, partition: stored.partition, directoryId })
        if (hasNewId && isDirectory(assigned)) renamed.set(assigned, directoryId)
      }
    }
    if (renamed.size === 0) return assignments
    const found = new Set(assignments.map(({ topicId, partition }) => `${topicId} ${partition}`))
    for (const { id, partitions } of image.topics.values()) {
      for (const registration of partitions) {
        const { partition, replicas } = registration
        const directoryId = renamed.get(directoryOf(registration, brokerId))
        if (directoryId === undefined || !replicas.includes(brokerId)) continue
        if (!found.has(`${id} ${partition}`)) {
          assignments.push({ topicId: id, partition, directoryId })
        }
      }
    }
    return assignments
  }

  /**
   * Opens all replicas that the image assigns to this broker. Called once, when the broker starts.
   */
  start(): void {
    for (const topic of this.#options.image.topics.values()) this.#applyTopic(topic)
    this.#tellAssignments()
  }

  apply(delta: MetadataDelta): void {
    for (const topic of delta.deletedTopics.values()) this.#deleteTopic(topic)
    for (const topic of delta.changedTopics.values()) this.#applyTopic(topic)
    for (const { type, name } of delta.changedConfigs) {
      if (type === ConfigResourceType.Topic) this.#updateConfig(name)
      if (type === ConfigResourceType.Broker)
        this.#partitions.forEach((_, topic) => this.#updateConfig(topic))
    }
    // A follower may have caught up while it was out of service.
    if (delta.changedBrokers.size > 0) {
      for (const partition of this.partitions()) partition.inSyncReplicas?.review()
    }
    this.#tellAssignments()
  }

  /**
   * Stops serving the partitions of a failed log directory. They answer KAFKA_STORAGE_ERROR from
   * now on.
   */
  handleLogDirFailure(logs: readonly Log[]): void {
    for (const { topic, partition } of logs) {
      this.#markOffline(topic, partition)
      this.#drop(topic, partition)
    }
  }

  /** Stops copying, and all timers. */
  close(): void {
    this.#options.fetchers.close()
    this.#options.replication.isrChanges.close()
    for (const partition of this.partitions()) partition.resign()
    this.#partitions.clear()
  }

  /**
   * Returns the partition if this broker leads it and the client's leader epoch (-1: none) is
   * current.
   */
  leader(topic: string, partition: number, currentLeaderEpoch = -1): Partition | ApiError {
    const replica = this.hosted(topic, partition, currentLeaderEpoch)
    if (replica instanceof ApiError || replica.role === 'leader') return replica
    return ApiError.of(ErrorCode.NotLeaderOrFollower)
  }

  /**
   * Returns the partition if this broker has a replica, as the leader or not, and the client's
   * leader epoch (-1: none) is current.
   */
  hosted(topic: string, partition: number, currentLeaderEpoch = -1): Partition | ApiError {
    const replica = this.#partitions.get(topic)?.[partition]
    if (replica === undefined) {
      if (this.#isOffline(topic, partition)) return ApiError.of(ErrorCode.KafkaStorageError)
      return this.#options.image.partition(topic, partition) === undefined
        ? ApiError.of(ErrorCode.UnknownTopicOrPartition)
        : ApiError.of(ErrorCode.NotLeaderOrFollower)
    }
    return replica.checkLeaderEpoch(currentLeaderEpoch) ?? replica
  }

  *partitions(): Generator<Partition> {
    for (const partitions of this.#partitions.values()) {
      for (const partition of partitions) if (partition !== undefined) yield partition
    }
  }

  #applyTopic(topic: TopicImage): void {
    const { brokerId, logs } = this.#options
    for (const registration of topic.partitions) {
      const { partition, replicas } = registration
      const replica = this.#partitions.get(topic.name)?.[partition]
      if (!replicas.includes(brokerId)) {
        if (replica === undefined) continue
        this.#drop(topic.name, partition)
        logs.delete(topic.name, partition)
      } else if (replica !== undefined) {
        this.#assumeRole(replica, registration)
      } else if (!this.#isOffline(topic.name, partition)) {
        const opened = this.#open(topic, registration)
        if (opened !== undefined) this.#assumeRole(opened, registration)
      }
    }
  }

  /** Makes this broker the leader or a follower of a partition. */
  #assumeRole(replica: Partition, registration: PartitionRegistration): void {
    const { brokerId, fetchers, onElected, onResigned } = this.#options
    const { leader, leaderEpoch } = registration
    if (leader === brokerId) {
      fetchers.stop(replica)
      if (replica.makeLeader(registration)) onElected(replica)
      return
    }
    const isNewEpoch = leaderEpoch > replica.leaderEpoch
    if (replica.makeFollower(registration)) onResigned(replica)
    if (!isNewEpoch) return
    if (leader === NO_LEADER) fetchers.stop(replica)
    else fetchers.start(replica, leader)
  }

  #open(topic: TopicImage, registration: PartitionRegistration): Partition | undefined {
    const log = this.#openLog(topic, registration)
    if (log === undefined) return undefined
    let partitions = this.#partitions.get(topic.name)
    if (partitions === undefined) this.#partitions.set(topic.name, (partitions = []))
    const replica = new Partition(log, this.#options.replication)
    partitions[registration.partition] = replica
    return replica
  }

  /** Returns `undefined` if the disk fails. The partition is then offline. */
  #openLog(topic: TopicImage, registration: PartitionRegistration): Log | undefined {
    const { brokerId, logs, logConfig } = this.#options
    const { partition } = registration
    const assigned = directoryOf(registration, brokerId)
    // Another replica must not be created while there may be one.
    if (assigned !== DirectoryId.Unassigned && logs.mayBeOffline(assigned)) {
      this.#markOffline(topic.name, partition)
      return undefined
    }
    try {
      // One object for all logs of a topic: there may be thousands.
      const sibling = this.#partitions.get(topic.name)?.find((replica) => replica !== undefined)
      const config = sibling?.log.config ?? logConfig(topic.name)
      const log = logs.getOrCreate(topic.name, partition, topic.id, config, assigned)
      const directoryId = logs.directoryIdOf(log)!
      if (directoryId !== assigned) {
        this.#assignments.push({ topicId: topic.id, partition, directoryId })
      }
      return log
    } catch (error) {
      if (!isStorageError(error)) throw error
      this.#markOffline(topic.name, partition)
      return undefined
    }
  }

  #tellAssignments(): void {
    const assignments = this.#assignments
    if (assignments.length === 0) return
    this.#assignments = []
    this.#options.onAssigned(assignments)
  }

  /**
   * Whether the image does not assign a stored partition to this broker (Kafka's
   * `LogManager.isStrayReplica`).
   */
  #isStray(stored: StoredPartition): boolean {
    return stored.topic !== METADATA_TOPIC && this.#registrationOf(stored) === undefined
  }

  /**
   * Returns the registration of a stored partition; `undefined` if it is not assigned to this
   * broker.
   */
  #registrationOf(stored: StoredPartition): PartitionRegistration | undefined {
    const registration = this.#topicOf(stored)?.partitions[stored.partition]
    return registration?.replicas.includes(this.#options.brokerId) ? registration : undefined
  }

  #topicOf({ topic, topicId, hadCleanShutdown }: StoredPartition): TopicImage | undefined {
    if (topicId === undefined && hadCleanShutdown) return undefined
    const { topics, topicsById } = this.#options.image
    // Kafka writes the topic id to the disk before any record. Here a power failure may leave
    // records without the id. Such a partition belongs to the topic of its name.
    return topicId === undefined ? topics.get(topic) : topicsById.get(topicId)
  }

  #isOffline(topic: string, partition: number): boolean {
    return this.#offline.get(topic)?.has(partition) === true
  }

  #markOffline(topic: string, partition: number): void {
    const partitions = this.#offline.get(topic) ?? new Set()
    this.#offline.set(topic, partitions.add(partition))
  }

  /** Ends the role of this broker for a partition. */
  #drop(topic: string, index: number): void {
    const replica = this.#partitions.get(topic)?.[index]
    if (replica === undefined) return
    this.#partitions.get(topic)![index] = undefined
    const wasLeader = replica.role === 'leader'
    this.#options.fetchers.stop(replica)
    replica.resign()
    if (wasLeader) this.#options.onResigned(replica)
  }

  #deleteTopic({ name, partitions }: TopicImage): void {
    for (const { partition } of partitions) this.#drop(name, partition)
    this.#partitions.delete(name)
    this.#offline.delete(name)
    for (const { partition, replicas } of partitions) {
      if (replicas.includes(this.#options.brokerId)) this.#options.logs.delete(name, partition)
    }
  }

  #updateConfig(topic: string): void {
    const partitions = this.#partitions.get(topic)
    if (partitions === undefined) return
    const config = this.#options.logConfig(topic)
    for (const partition of partitions) partition?.log.updateConfig(config)
    this.#options.logs.cleaner.wake()
  }
}
