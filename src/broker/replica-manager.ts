import { ErrorCode } from '../protocol/error-code.ts'
import type { LogConfig } from '../log/log-config.ts'
import type { LogManager } from '../log/log-manager.ts'
import { ConfigResourceType } from '../controller/config-resource.ts'
import type { MetadataDelta, MetadataImage, TopicImage } from '../controller/metadata-image.ts'
import { Partition } from './partition.ts'

export interface ReplicaManagerOptions {
  brokerId: number
  image: MetadataImage
  logs: LogManager
  /** What a topic's configs come to on this broker. */
  logConfig: (topic: string) => LogConfig
  /** Told when this broker starts to lead a partition, and when it stops. */
  onElected: (partition: Partition) => void
  onResigned: (partition: Partition) => void
}

/** The partitions that this broker leads (Kafka's `ReplicaManager`). Follows the controller's decisions. */
export class ReplicaManager {
  readonly #options: ReplicaManagerOptions
  /** Led partitions by topic name, then by index. */
  readonly #partitions = new Map<string, (Partition | undefined)[]>()

  constructor(options: ReplicaManagerOptions) {
    this.#options = options
  }

  /** Takes up everything that the image says this broker leads; called once, when the broker starts. */
  start(): void {
    for (const topic of this.#options.image.topics.values()) this.#applyTopic(topic)
  }

  apply(delta: MetadataDelta): void {
    for (const topic of delta.deletedTopics.values()) this.#deleteTopic(topic)
    for (const topic of delta.changedTopics.values()) this.#applyTopic(topic)
    for (const { type, name } of delta.changedConfigs) {
      if (type === ConfigResourceType.Topic) this.#updateConfig(name)
      if (type === ConfigResourceType.Broker)
        this.#partitions.forEach((_, topic) => this.#updateConfig(topic))
    }
  }

  /** The partition if this broker leads it and the client's leader epoch (-1: none) is current. */
  leader(topic: string, partition: number, currentLeaderEpoch = -1): Partition | ErrorCode {
    const led = this.#partitions.get(topic)?.[partition]
    if (led === undefined) {
      return this.#options.image.partition(topic, partition) === undefined
        ? ErrorCode.UnknownTopicOrPartition
        : ErrorCode.NotLeaderOrFollower
    }
    const errorCode = led.checkLeaderEpoch(currentLeaderEpoch)
    return errorCode === ErrorCode.None ? led : errorCode
  }

  *partitions(): Generator<Partition> {
    for (const partitions of this.#partitions.values()) {
      for (const partition of partitions) if (partition !== undefined) yield partition
    }
  }

  #applyTopic(topic: TopicImage): void {
    for (const { partition, leader, leaderEpoch, replicas } of topic.partitions) {
      const led = this.#partitions.get(topic.name)?.[partition]
      if (leader === this.#options.brokerId) {
        if (led === undefined) this.#lead(topic, partition, leaderEpoch)
        else led.becomeLeader(leaderEpoch)
      } else if (led !== undefined) {
        this.#partitions.get(topic.name)![partition] = undefined
        this.#resign(led)
        if (!replicas.includes(this.#options.brokerId))
          this.#options.logs.delete(topic.name, partition)
      }
    }
  }

  #lead(topic: TopicImage, partition: number, leaderEpoch: number): void {
    const { logs, logConfig } = this.#options
    const log = logs.getOrCreate(topic.name, partition, topic.id, logConfig(topic.name))
    let partitions = this.#partitions.get(topic.name)
    if (partitions === undefined) this.#partitions.set(topic.name, (partitions = []))
    const led = new Partition(log, leaderEpoch)
    partitions[partition] = led
    this.#options.onElected(led)
  }

  #resign(partition: Partition): void {
    partition.resign()
    this.#options.onResigned(partition)
  }

  #deleteTopic(topic: TopicImage): void {
    const partitions = this.#partitions.get(topic.name) ?? []
    this.#partitions.delete(topic.name)
    for (const partition of partitions) {
      if (partition === undefined) continue
      this.#resign(partition)
      this.#options.logs.delete(partition.topic, partition.partition)
    }
  }

  #updateConfig(topic: string): void {
    const partitions = this.#partitions.get(topic)
    if (partitions === undefined) return
    const config = this.#options.logConfig(topic)
    for (const partition of partitions) partition?.log.updateConfig(config)
  }
}
