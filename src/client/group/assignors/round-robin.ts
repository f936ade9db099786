import type { TopicPartition } from '../../topic-partition.ts'
import { sortedMembers, type Assignor } from './assignor.ts'

/**
 * Kafka's `RoundRobinAssignor`: assigns the partitions of all topics, in order, to the members in
 * turn. A member that is not subscribed to the topic is skipped.
 */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  isCooperative: false,
  assign(members, partitionCounts) {
    const sorted = sortedMembers(members)
    const assignments = new Map<string, TopicPartition[]>(
      sorted.map(({ memberId }) => [memberId, []]),
    )
    let turn = 0
    for (const [topic, count] of [...partitionCounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!sorted.some(({ topics }) => topics.includes(topic))) continue
      for (let partition = 0; partition < count; partition++) {
        while (!sorted[turn % sorted.length]!.topics.includes(topic)) turn++
        assignments.get(sorted[turn++ % sorted.length]!.memberId)!.push({ topic, partition })
      }
    }
    return assignments
  },
}
