import type { MetadataDelta, TopicImage } from '../../../controller/metadata-image.ts'

/** The most topics whose last change is kept. */
const MAX_TOPICS = 100

interface TopicChange {
  /** In words, such as `topic orders has 6 partitions now`. */
  readonly text: string
  /** The offset of the metadata record. */
  readonly offset: number
  readonly partitionCount: number
}

/** Knows how topics have changed last, to explain the rebalances that follow. */
export class TopicChanges {
  readonly #changes = new Map<string, TopicChange>()

  onMetadataChanged({ changedTopics, deletedTopics, lastOffset: offset }: MetadataDelta): void {
    for (const { name } of deletedTopics.values()) {
      this.#put(name, { text: `topic ${name} was deleted`, offset, partitionCount: 0 })
    }
    for (const topic of changedTopics.values()) {
      const partitionCount = topic.partitions.length
      const text = textOf(topic, this.#changes.get(topic.name)?.partitionCount)
      this.#put(topic.name, { text, offset, partitionCount })
    }
  }

  /** Returns the last change of some topics in words. */
  describe(topicNames: Iterable<string>): string {
    const changes = [...topicNames].flatMap((name) => this.#changes.get(name) ?? [])
    if (changes.length === 0) return 'the topics changed'
    const lastOffset = Math.max(...changes.map(({ offset }) => offset))
    return changes
      .filter(({ offset }) => offset === lastOffset)
      .map(({ text }) => text)
      .join('; ')
  }

  #put(name: string, change: TopicChange): void {
    this.#changes.delete(name)
    this.#changes.set(name, change)
    if (this.#changes.size > MAX_TOPICS) this.#changes.delete(this.#changes.keys().next().value!)
  }
}

/** @param countBefore `undefined` if it is not known */
function textOf({ name, partitions }: TopicImage, countBefore: number | undefined): string {
  return partitions.length === countBefore
    ? `the brokers of topic ${name} changed`
    : `topic ${name} has ${partitions.length} ${partitions.length === 1 ? 'partition' : 'partitions'} now`
}
