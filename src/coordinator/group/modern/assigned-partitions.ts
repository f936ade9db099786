import type { AssignedPartitions } from './assignment-input.ts'

/** The assignment of a member that has none. */
export const NO_PARTITIONS: AssignedPartitions = new Map()

/** Whether two assignments have the same partitions. */
export function isSameAssignment(a: AssignedPartitions, b: AssignedPartitions): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId)
    if (others?.length !== partitions.length) return false
    if (partitions.some((partition, i) => partition !== others[i])) return false
  }
  return true
}

/** Returns the assignment in the form of records and responses. */
export function topicPartitionsOf(
  assigned: AssignedPartitions,
): { topicId: string; partitions: number[] }[] {
  return Array.from(assigned, ([topicId, partitions]) => ({ topicId, partitions: [...partitions] }))
}

/** Returns the assignment of a record, with sorted partitions. */
export function assignedPartitionsOf(
  topicPartitions: readonly { readonly topicId: string; readonly partitions: readonly number[] }[],
): AssignedPartitions {
  return new Map(
    topicPartitions.map(({ topicId, partitions }) => [
      topicId,
      partitions.toSorted((a, b) => a - b),
    ]),
  )
}
