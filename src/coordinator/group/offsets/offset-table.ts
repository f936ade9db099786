/** Values by topic name, then by partition. */
export type ByPartition<V> = ReadonlyMap<string, ReadonlyMap<number, V>>

const NOTHING: ByPartition<never> = new Map()

/** One value for each partition of a group (Kafka's `OffsetMetadataManager.Offsets`). */
export class OffsetTable<V> {
  readonly #groups = new Map<string, Map<string, Map<number, V>>>()

  has(groupId: string): boolean {
    return this.#groups.has(groupId)
  }

  ofGroup(groupId: string): ByPartition<V> {
    return this.#groups.get(groupId) ?? NOTHING
  }

  get(groupId: string, topic: string, partition: number): V | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  put(groupId: string, topic: string, partition: number, value: V): void {
    let topics = this.#groups.get(groupId)
    if (topics === undefined) this.#groups.set(groupId, (topics = new Map()))
    let partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, (partitions = new Map()))
    partitions.set(partition, value)
  }

  delete(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId)
    const partitions = topics?.get(topic)
    if (!partitions?.delete(partition)) return
    if (partitions.size === 0) topics!.delete(topic)
    if (topics!.size === 0) this.#groups.delete(groupId)
  }

  /** Yields all values with their groups, topics and partitions. */
  *entries(): Generator<readonly [groupId: string, topic: string, partition: number, value: V]> {
    for (const [groupId, topics] of this.#groups) {
      for (const [topic, partitions] of topics) {
        for (const [partition, value] of partitions) yield [groupId, topic, partition, value]
      }
    }
  }
}
