import type { MetadataImage, PartitionRegistration } from '../metadata-image.ts'
import { isReassigning } from './reassignment.ts'

/** Topics and partitions of interest; `null` for all. */
export type ListedTopics =
  | readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[]
  | null

/** The partitions of a topic whose replicas are moving. */
export interface OngoingReassignments {
  name: string
  partitions: {
    partitionIndex: number
    replicas: number[]
    addingReplicas: number[]
    removingReplicas: number[]
  }[]
}

/**
 * Returns the reassignments in progress, without topics that have none (Kafka's
 * `ReplicationControlManager.listPartitionReassignments`).
 */
export function listReassignments(
  { topics }: MetadataImage,
  listed: ListedTopics,
): OngoingReassignments[] {
  const candidates =
    listed === null
      ? Array.from(topics.values())
      : listed.map(({ name, partitionIndexes }) => {
          const partitions = topics.get(name)?.partitions
          return { name, partitions: partitionIndexes.flatMap((id) => partitions?.[id] ?? []) }
        })
  return candidates
    .map(({ name, partitions }) => ({
      name,
      partitions: partitions.filter(isReassigning).map(ongoing),
    }))
    .filter(({ partitions }) => partitions.length > 0)
}

function ongoing(partition: PartitionRegistration): OngoingReassignments['partitions'][number] {
  return {
    partitionIndex: partition.partition,
    replicas: [...partition.replicas],
    addingReplicas: [...partition.addingReplicas],
    removingReplicas: [...partition.removingReplicas],
  }
}
