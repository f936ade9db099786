import type { LiveMetadataImage } from './live-metadata-image.ts'
import type {
  BrokerRegistration,
  ConfigResource,
  MetadataDelta,
  PartitionRegistration,
  ResourceConfigs,
  TopicImage,
} from './metadata-image.ts'

/** A topic during the application of a batch. */
export interface GrowingTopicImage extends TopicImage {
  readonly partitions: PartitionRegistration[]
}

/** The changes of one batch, collected while its records are applied to an image. */
export class GrowingMetadataDelta implements MetadataDelta {
  readonly lastOffset: number
  readonly changedTopics = new Map<string, GrowingTopicImage>()
  readonly deletedTopics = new Map<string, TopicImage>()
  readonly changedBrokers = new Map<number, BrokerRegistration | undefined>()
  changedConfigs: readonly ResourceConfigs[] = []
  features: ReadonlyMap<string, number> | undefined
  nextProducerId: number | undefined
  readonly #configs = new Map<string, ConfigResource>()
  #featuresChanged = false

  /** @param lastOffset the last offset of the batch */
  constructor(lastOffset: number) {
    this.lastOffset = lastOffset
  }

  configChanged(resource: ConfigResource): void {
    this.#configs.set(`${resource.type} ${resource.name}`, resource)
  }

  featureChanged(): void {
    this.#featuresChanged = true
  }

  /** Returns the topic's new image, a copy that changes until the batch is applied. */
  topic(image: LiveMetadataImage, topic: TopicImage): GrowingTopicImage {
    const growing = this.changedTopics.get(topic.name)
    if (growing !== undefined) return growing
    const copy = { name: topic.name, id: topic.id, partitions: [...topic.partitions] }
    this.changedTopics.set(topic.name, copy)
    image.setTopic(copy)
    return copy
  }

  /** Copies the final values of the image after the last record of the batch. */
  finish(image: LiveMetadataImage): void {
    if (this.#configs.size > 0) {
      this.changedConfigs = Array.from(this.#configs.values(), ({ type, name }) => {
        return { type, name, configs: image.configs(type, name) }
      })
    }
    if (this.#featuresChanged) this.features = new Map(image.features)
  }
}
