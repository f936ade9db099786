import { invariant } from '../platform/invariant.ts'
import type { Uuid } from '../platform/uuid.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import { isInOnlineDirectory } from './partitions/directory-id.ts'
import type {
  BrokerRegistration,
  ConfigResource,
  MetadataDelta,
  MetadataImage,
  PartitionRegistration,
  TopicImage,
} from './metadata-image.ts'

const NO_CONFIGS: ReadonlyMap<string, string> = new Map()

/** A metadata image that changes in place. */
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

  /** Returns an independent copy of the image. */
  copy(): LiveMetadataImage {
    const copy = new LiveMetadataImage(this.clusterId)
    for (const broker of this.brokers.values()) copy.setBroker(broker)
    for (const topic of this.topics.values()) copy.setTopic(topic)
    for (const [name, level] of this.features) copy.features.set(name, level)
    for (const [type, resources] of this.#configs) copy.#configs.set(type, new Map(resources))
    copy.nextProducerId = this.nextProducerId
    copy.lastOffset = this.lastOffset
    return copy
  }

  /** Applies the changes of the next batch. */
  apply(delta: MetadataDelta): void {
    invariant(delta.lastOffset > this.lastOffset, 'deltas of the metadata log are applied in order')
    for (const topic of delta.deletedTopics.values()) {
      this.removeTopic(topic)
      this.removeConfigs({ type: ConfigResourceType.Topic, name: topic.name })
    }
    for (const topic of delta.changedTopics.values()) this.setTopic(topic)
    for (const [id, broker] of delta.changedBrokers) {
      if (broker === undefined) this.removeBroker(id)
      else this.setBroker(broker)
    }
    for (const resource of delta.changedConfigs) this.#setConfigs(resource, resource.configs)
    if (delta.features !== undefined) this.#setFeatures(delta.features)
    this.nextProducerId = delta.nextProducerId ?? this.nextProducerId
    this.lastOffset = delta.lastOffset
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

  isActive(brokerId: number): boolean {
    const broker = this.brokers.get(brokerId)
    return broker?.fenced === false && !broker.inControlledShutdown
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

  /** `null` removes the config from the resource. */
  setConfig(resource: ConfigResource, config: string, value: string | null): void {
    const configs = new Map(this.configs(resource.type, resource.name))
    if (value === null) configs.delete(config)
    else configs.set(config, value)
    this.#setConfigs(resource, configs)
  }

  removeConfigs({ type, name }: ConfigResource): void {
    this.#configs.get(type)?.delete(name)
  }

  #setConfigs({ type, name }: ConfigResource, configs: ReadonlyMap<string, string>): void {
    const ofType = this.#configs.get(type) ?? new Map<string, ReadonlyMap<string, string>>()
    this.#configs.set(type, ofType)
    if (configs.size === 0) ofType.delete(name)
    else ofType.set(name, configs)
  }

  #setFeatures(features: ReadonlyMap<string, number>): void {
    this.features.clear()
    for (const [name, level] of features) this.features.set(name, level)
  }
}
