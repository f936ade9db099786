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
import { directoryOf, isDirectory } from '../controller/partitions/directory-id.ts'
import type {
  MetadataDelta,
  MetadataImage,
  PartitionRegistration,
  TopicImage,
} from '../controller/metadata-image.ts'
import type { DirectoryAssignment } from '../controller/operations.ts'
import { Partition } from './partition.ts'

export interface ReplicaManagerOptions {
  brokerId: number
  image: MetadataImage
  logs: LogManager
  /** Returns the log configs of a topic on this broker. */
  logConfig: (topic: string) => LogConfig
  /** Called when this broker starts to lead a partition, and when it stops. */
  onElected: (partition: Partition) => void
  onResigned: (partition: Partition) => void
  /** Called with the log directories of partitions whose directory the image does not know. */
  onAssigned: (assignments: readonly DirectoryAssignment[]) => void
}

/**
 * The partitions that this broker leads, according to the metadata image (Kafka's
 * `ReplicaManager`).
 */
export class ReplicaManager {
  readonly #options: ReplicaManagerOptions
  /** The led partitions, by topic name and index. */
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
   * Opens all partitions that this broker leads according to the image. Called once, when the
   * broker starts.
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
    this.#tellAssignments()
  }

  /**
   * Stops serving the partitions of a failed log directory. They answer KAFKA_STORAGE_ERROR from
   * now on.
   */
  handleLogDirFailure(logs: readonly Log[]): void {
    for (const { topic, partition } of logs) {
      this.#markOffline(topic, partition)
      const led = this.#partitions.get(topic)?.[partition]
      if (led === undefined) continue
      this.#partitions.get(topic)![partition] = undefined
      this.#resign(led)
    }
  }

  /**
   * Returns the partition if this broker leads it and the client's leader epoch (-1: none) is
   * current.
   */
  leader(topic: string, partition: number, currentLeaderEpoch = -1): Partition | ApiError {
    const led = this.#partitions.get(topic)?.[partition]
    if (led === undefined) {
      if (this.#isOffline(topic, partition)) return ApiError.of(ErrorCode.KafkaStorageError)
      return this.#options.image.partition(topic, partition) === undefined
        ? ApiError.of(ErrorCode.UnknownTopicOrPartition)
        : ApiError.of(ErrorCode.NotLeaderOrFollower)
    }
    return led.checkLeaderEpoch(currentLeaderEpoch) ?? led
  }

  *partitions(): Generator<Partition> {
    for (const partitions of this.#partitions.values()) {
      for (const partition of partitions) if (partition !== undefined) yield partition
    }
  }

  #applyTopic(topic: TopicImage): void {
    for (const registration of topic.partitions) {
      const { partition, leader, leaderEpoch, replicas } = registration
      const led = this.#partitions.get(topic.name)?.[partition]
      if (leader === this.#options.brokerId) {
        if (led !== undefined) led.becomeLeader(leaderEpoch)
        else if (!this.#isOffline(topic.name, partition)) this.#lead(topic, registration)
      } else if (led !== undefined) {
        this.#partitions.get(topic.name)![partition] = undefined
        this.#resign(led)
        if (!replicas.includes(this.#options.brokerId))
          this.#options.logs.delete(topic.name, partition)
      }
    }
  }

  #lead(topic: TopicImage, registration: PartitionRegistration): void {
    const { partition, leaderEpoch } = registration
    const log = this.#openLog(topic, registration)
    if (log === undefined) return
    let partitions = this.#partitions.get(topic.name)
    if (partitions === undefined) this.#partitions.set(topic.name, (partitions = []))
    const led = new Partition(log, leaderEpoch)
    partitions[partition] = led
    this.#options.onElected(led)
  }

  /** Returns `undefined` if the disk fails. The partition is then offline. */
  #openLog(topic: TopicImage, registration: PartitionRegistration): Log | undefined {
    const { brokerId, logs, logConfig } = this.#options
    const { partition } = registration
    const assigned = directoryOf(registration, brokerId)
    try {
      // One object for all logs of a topic: there may be thousands.
      const sibling = this.#partitions.get(topic.name)?.find((led) => led !== undefined)
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

  #resign(partition: Partition): void {
    partition.resign()
    this.#options.onResigned(partition)
  }

  #deleteTopic({ name, partitions }: TopicImage): void {
    const led = this.#partitions.get(name) ?? []
    this.#partitions.delete(name)
    this.#offline.delete(name)
    for (const partition of led) if (partition !== undefined) this.#resign(partition)
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
