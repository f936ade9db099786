import { ApiError } from '../../../../protocol/api-error.ts'
import { ErrorCode } from '../../../../protocol/error-code.ts'
import type { ExistingTopics, SubtopologyValue } from './topology-value.ts'

/**
 * Returns the partition counts of the repartition topics (Kafka's `RepartitionTopics`). A count
 * that the application has not set is the largest count of the topics that the writing subtopology
 * reads.
 */
export function repartitionTopicCounts(
  subtopologies: readonly SubtopologyValue[],
  existing: ExistingTopics,
): Map<string, number> | ApiError {
  const counts = new Map<string, number>()
  for (const { repartitionSourceTopics } of subtopologies) {
    for (const { name, partitions } of repartitionSourceTopics) {
      if (partitions !== 0) counts.set(name, partitions)
    }
  }
  while (true) {
    const { isComplete, hasProgress } = computeRound(subtopologies, existing, counts)
    if (isComplete) break
    if (!hasProgress) {
      return invalid(
        'Failed to compute number of partitions for all repartition topics. There may be loops in the topology that cannot be resolved.',
      )
    }
  }
  const isUnused = subtopologies.some(({ repartitionSourceTopics }) =>
    repartitionSourceTopics.some(({ name }) => !counts.has(name)),
  )
  if (isUnused) {
    return invalid(
      'Failed to compute number of partitions for all repartition topics, because a repartition source topic is never used as a sink topic.',
    )
  }
  return counts
}

function computeRound(
  subtopologies: readonly SubtopologyValue[],
  existing: ExistingTopics,
  counts: Map<string, number>,
): { isComplete: boolean; hasProgress: boolean } {
  let isComplete = true
  let hasProgress = false
  for (const subtopology of subtopologies) {
    for (const sink of subtopology.repartitionSinkTopics) {
      if (counts.has(sink)) continue
      const count = largestSourceCount(subtopology, existing, counts)
      if (count === undefined) isComplete = false
      else {
        counts.set(sink, count)
        hasProgress = true
      }
    }
  }
  return { isComplete, hasProgress }
}

function largestSourceCount(
  { sourceTopics, repartitionSourceTopics }: SubtopologyValue,
  { topics }: ExistingTopics,
  counts: ReadonlyMap<string, number>,
): number | undefined {
  const known = [
    ...repartitionSourceTopics.map(({ name }) => counts.get(name)),
    ...sourceTopics.map((topic) => topics.get(topic)?.partitions.length),
  ].filter((count) => count !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function invalid(message: string): ApiError {
  return new ApiError(ErrorCode.StreamsInvalidTopology, message)
}
