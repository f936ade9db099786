import {
  copiedCapacity,
  inHashMapOrder,
  javaStringHash,
} from '../../../../platform/java-hash-map.ts'
import type { ConfiguredSubtopology } from './configured-subtopology.ts'
import type { ExistingTopics } from './topology-value.ts'

/** Tasks by subtopology id: a set of partitions, or partitions with the epochs of the tasks. */
type TaskPartitions = ReadonlyMap<string, { keys(): Iterable<number> }>

/**
 * Returns the partitions that tasks read, by topic: a client asks for them at the endpoint of the
 * member that has the tasks (Kafka's `EndpointToPartitionsManager`).
 */
export function partitionsOfTasks(
  tasks: TaskPartitions,
  subtopologies: ReadonlyMap<string, ConfiguredSubtopology>,
  existing: ExistingTopics,
): { topic: string; partitions: number[] }[] {
  return Array.from(tasks).flatMap(([subtopologyId, ofSubtopology]) => {
    const subtopology = subtopologies.get(subtopologyId)
    if (subtopology === undefined) return []
    return topicsOf(subtopology).flatMap((topic) => {
      const count = existing.topics.get(topic)?.partitions.length ?? 0
      const partitions = Array.from(ofSubtopology.keys()).filter((partition) => partition < count)
      return partitions.length === 0 ? [] : [{ topic, partitions: partitions.sort(ascending) }]
    })
  })
}

/** Returns the topics that a subtopology reads, in the order of Kafka's set. */
function topicsOf({ sourceTopics, repartitionSourceTopics }: ConfiguredSubtopology): string[] {
  const all = new Set([...sourceTopics, ...repartitionSourceTopics.keys()])
  return inHashMapOrder([...all], javaStringHash, copiedCapacity(sourceTopics.size))
}

function ascending(a: number, b: number): number {
  return a - b
}
