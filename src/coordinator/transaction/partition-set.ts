import { copiedCapacity, inHashMapOrder, javaStringHash } from '../../platform/java-hash-map.ts'

/** A partition by name and index (Kafka's `TopicPartition`). */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Some partitions of a topic, by index. */
export interface TopicPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

/**
 * The partitions of a transaction. Immutable. They have the order of Kafka's `HashSet`, which is
 * the order in its records and responses.
 */
export class PartitionSet {
  static readonly empty = new PartitionSet([])
  readonly #ordered: readonly TopicPartition[]
  readonly #byTopic = new Map<string, Set<number>>()
  /** Kept, because several records of a transaction contain the same set. */
  #inRecordOrder: readonly TopicPartitions[] | undefined

  private constructor(ordered: readonly TopicPartition[]) {
    this.#ordered = ordered
    for (const { topic, partition } of ordered) {
      const partitions = this.#byTopic.get(topic)
      if (partitions === undefined) this.#byTopic.set(topic, new Set([partition]))
      else partitions.add(partition)
    }
  }

  get size(): number {
    return this.#ordered.length
  }

  /** Returns the partitions without copying them. */
  toArray(): readonly TopicPartition[] {
    return this.#ordered
  }

  has({ topic, partition }: TopicPartition): boolean {
    return this.#byTopic.get(topic)?.has(partition) === true
  }

  hasAll(partitions: readonly TopicPartition[]): boolean {
    return partitions.every((each) => this.has(each))
  }

  /** Returns a set that contains these partitions too. */
  with(added: readonly TopicPartition[]): PartitionSet {
    const unique = new Map<string, TopicPartition>()
    for (const each of added) {
      if (!this.has(each)) unique.set(`${each.partition} ${each.topic}`, each)
    }
    if (unique.size === 0) return this
    const all = [...this.#ordered, ...unique.values()]
    return new PartitionSet(inHashMapOrder(all, topicPartitionHash, copiedCapacity(this.size)))
  }

  /** Returns a set without these partitions. */
  without(removed: readonly TopicPartition[]): PartitionSet {
    const isRemoved = new PartitionSet(removed)
    return new PartitionSet(this.#ordered.filter((each) => !isRemoved.has(each)))
  }

  /** Returns the partitions by topic, in the order of the topics' first partitions. */
  topics(): TopicPartitions[] {
    const topics: TopicPartitions[] = []
    for (const [topic, partitions] of this.#byTopic) {
      topics.push({ topic, partitions: Array.from(partitions) })
    }
    return topics
  }

  /**
   * Returns the partitions by topic, in the order of a Java `HashMap` of topics. Kafka fills it
   * with `computeIfAbsent`, which puts a new key before the others of its bucket.
   */
  topicsInRecordOrder(): readonly TopicPartitions[] {
    this.#inRecordOrder ??= inHashMapOrder(this.topics().toReversed(), ({ topic }) =>
      javaStringHash(topic),
    )
    return this.#inRecordOrder
  }
}

/** Returns `TopicPartition.hashCode`. */
export function topicPartitionHash({ topic, partition }: TopicPartition): number {
  return (Math.imul(31, 31 + partition) + javaStringHash(topic)) | 0
}
