import type {
  MetadataDelta,
  MetadataImage,
  TopicImage,
} from '../../../controller/metadata-image.ts'

/** Knows when a topic was created last, because patterns of subscriptions may match it. */
export class NewTopics {
  #offset: number

  constructor(image: Pick<MetadataImage, 'lastOffset'>) {
    this.#offset = image.lastOffset
  }

  /** The offset of the metadata image that has the newest topic. */
  get offset(): number {
    return this.#offset
  }

  onMetadataChanged({ changedTopics, lastOffset }: MetadataDelta): void {
    if ([...changedTopics.values()].some(isNew)) this.#offset = lastOffset
  }
}

/** No partition of a new topic has changed since its creation. */
function isNew({ partitions }: TopicImage): boolean {
  return partitions.every(({ partitionEpoch }) => partitionEpoch === 0)
}
