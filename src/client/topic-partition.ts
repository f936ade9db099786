export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Partitions as most requests want them: under their topics. `toEntry` says what stands for one partition. */
export function groupByTopic<P extends TopicPartition, E>(
  partitions: readonly P[],
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

/** By topic, then by partition. */
export function inOrder<P extends TopicPartition>(partitions: readonly P[]): P[] {
  return [...partitions].sort((a, b) => {
    if (a.topic === b.topic) return a.partition - b.partition
    return a.topic < b.topic ? -1 : 1
  })
}
