import type { Uuid } from '../platform/uuid.ts'
import type { ConfigResourceType } from './config-resource.ts'
import { isInOnlineDirectory } from './directory-id.ts'
import type {
  BrokerRegistration,
  ConfigResource,
  MetadataDelta,
  MetadataImage,
  PartitionRegistration,
  TopicImage,
} from './metadata-image.ts'

const NO_CONFIGS: ReadonlyMap<string, string> = new Map()

/** A topic while a delta is being put together. */
export interface GrowingTopicImage extends TopicImage {
  readonly partitions: PartitionRegistration[]
}

/** The image as the controller writes it. */
export class LiveMetadataImage implements MetadataImage {
  readonly clusterId: string
  readonly brokers = new Map<number, BrokerRegistration>()
  readonly topics = new Map<string, TopicImage>()
  readonly topicsById = new Map<Uuid, TopicImage>()
  readonly features = new Map<string, number>()
  nextProducerId = 0
  lastOffset = -1
  #alive: readonly BrokerRegistration[] | undefined
  readonly #configs = new Map<ConfigResourceType, Map<string, ReadonlyMap<string, string>>>()

  constructor(clusterId: string) {
    this.clusterId = clusterId
  }

  partition(topic: string, partition: number): PartitionRegistration | undefined {
    return this.topics.get(topic)?.partitions[partition]
  }

  aliveBrokers(): readonly BrokerRegistration[] {
    this.#alive ??= [...this.brokers.values()]
      .filter((broker) => !broker.fenced)
      .sort((a, b) => a.id - b.id)
    return this.#alive
  }

  isAlive(brokerId: number): boolean {
    return this.brokers.get(brokerId)?.fenced === false
  }

  isReplicaOnline(partition: PartitionRegistration, brokerId: number): boolean {
    const broker = this.brokers.get(brokerId)
    return broker?.fenced === false && isInOnlineDirectory(partition, broker)
  }

  partitionCount(): number {
    let count = 0
    for (const topic of this.topics.values()) count += topic.partitions.length
    return count
  }

  configs(type: ConfigResourceType, name: string): ReadonlyMap<string, string> {
    return this.#configs.get(type)?.get(name) ?? NO_CONFIGS
  }

  configuredResources(type: ConfigResourceType): readonly string[] {
    return [...(this.#configs.get(type)?.keys() ?? [])]
  }

  setBroker(broker: BrokerRegistration): void {
    this.brokers.set(broker.id, broker)
    this.#alive = undefined
  }

  removeBroker(brokerId: number): void {
    this.brokers.delete(brokerId)
    this.#alive = undefined
  }

  setTopic(topic: TopicImage): void {
    this.topics.set(topic.name, topic)
    this.topicsById.set(topic.id, topic)
  }

  removeTopic(topic: TopicImage): void {
    this.topics.delete(topic.name)
    this.topicsById.delete(topic.id)
  }

  /** `null` takes the config off the resource. */
  setConfig({ type, name }: ConfigResource, config: string, value: string | null): void {
    const ofType = this.#configs.get(type) ?? new Map<string, ReadonlyMap<string, string>>()
    this.#configs.set(type, ofType)
    const configs = new Map(ofType.get(name))
    if (value === null) configs.delete(config)
    else configs.set(config, value)
    if (configs.size === 0) ofType.delete(name)
    else ofType.set(name, configs)
  }

  removeConfigs({ type, name }: ConfigResource): void {
    this.#configs.get(type)?.delete(name)
  }
}

/** What one batch of records changes, while it is being applied. */
export class GrowingMetadataDelta implements MetadataDelta {
  readonly changedTopics = new Map<string, GrowingTopicImage>()
  readonly deletedTopics = new Map<string, TopicImage>()
  readonly changedBrokers = new Set<number>()
  readonly #configs = new Map<string, ConfigResource>()
  featuresChanged = false

  get changedConfigs(): readonly ConfigResource[] {
    return [...this.#configs.values()]
  }

  configChanged(resource: ConfigResource): void {
    this.#configs.set(`${resource.type} ${resource.name}`, resource)
  }

  /** The topic's new image, a copy that grows until the batch has been applied. */
  topic(image: LiveMetadataImage, topic: TopicImage): GrowingTopicImage {
    const growing = this.changedTopics.get(topic.name)
    if (growing !== undefined) return growing
    const copy = { name: topic.name, id: topic.id, partitions: [...topic.partitions] }
    this.changedTopics.set(topic.name, copy)
    image.setTopic(copy)
    return copy
  }
}
