import type { TopicPartition } from '../../topic-partition.ts'
import { sortedMembers, type Assignor } from './assignor.ts'

/**
 * Kafka's `RangeAssignor`: of each topic, its subscribers get consecutive partitions; the first
 * members get one more if the division leaves a remainder. Partitions with the same number of
 * different topics go to the same member if the subscribers are the same.
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  isCooperative: false,
  assign(members, partitionCounts) {
    const sorted = sortedMembers(members)
    const assignments = new Map<string, TopicPartition[]>(
      sorted.map(({ memberId }) => [memberId, []]),
    )
    for (const [topic, count] of [...partitionCounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const subscribed = sorted.filter(({ topics }) => topics.includes(topic))
      const share = Math.floor(count / subscribed.length)
      const extra = count % subscribed.length
      subscribed.forEach(({ memberId }, index) => {
        const start = share * index + Math.min(index, extra)
        const length = share + (index < extra ? 1 : 0)
        for (let partition = start; partition < start + length; partition++)
          assignments.get(memberId)!.push({ topic, partition })
      })
    }
    return assignments
  },
}
