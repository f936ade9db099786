export interface TopicPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

/**
 * Kafka's `RangeAssignor`: of each topic, the members that subscribe to it get consecutive partitions, in the order of
 * their ids; the first ones get one more where it does not come out even.
 *
 * @param subscriptions the topics of each member, by member id
 * @param partitionCounts by topic; topics that are not there are left out
 */
export function assignRanges(
  subscriptions: ReadonlyMap<string, readonly string[]>,
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, TopicPartitions[]> {
  const members = [...subscriptions.keys()].sort()
  const assignments = new Map<string, TopicPartitions[]>(members.map((member) => [member, []]))
  for (const [topic, count] of partitionCounts) {
    const subscribed = members.filter((member) => subscriptions.get(member)!.includes(topic))
    const share = Math.floor(count / subscribed.length)
    const extra = count % subscribed.length
    subscribed.forEach((member, index) => {
      const start = share * index + Math.min(index, extra)
      const length = share + (index < extra ? 1 : 0)
      const partitions = Array.from({ length }, (_, i) => start + i)
      if (length > 0) assignments.get(member)!.push({ topic, partitions })
    })
  }
  return assignments
}
