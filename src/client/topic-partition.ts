export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Returns `topic-partition`, Kafka's name of a partition. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/**
 * Returns partitions in the form of most requests, grouped by topic. `toEntry` returns the entry of
 * one partition.
 */
export function groupByTopic<P extends TopicPartition, E>(
  partitions: Iterable<P>,
  toEntry: (partition: P) => E,
): { name: string; partitions: E[] }[] {
  const topics = new Map<string, E[]>()
  for (const partition of partitions) {
    const entries = topics.get(partition.topic)
    if (entries === undefined) topics.set(partition.topic, [toEntry(partition)])
    else entries.push(toEntry(partition))
  }
  return Array.from(topics, ([name, entries]) => ({ name, partitions: entries }))
}

/** Returns the partitions of a response that groups them by topic. */
export function flatten<P>(
  topics: readonly { readonly name: string; readonly partitions: readonly P[] }[],
  indexOf: (partition: P) => number,
): (P & TopicPartition)[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map((each) => ({ ...each, topic: name, partition: indexOf(each) })),
  )
}

/** Sorts by topic, then by partition. */
export function inOrder<P extends TopicPartition>(partitions: Iterable<P>): P[] {
  return [...partitions].sort((a, b) => {
    if (a.topic === b.topic) return a.partition - b.partition
    return a.topic < b.topic ? -1 : 1
  })
}
