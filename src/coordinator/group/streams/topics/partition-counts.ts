import { ApiError } from '../../../../protocol/api-error.ts'
import { ErrorCode } from '../../../../protocol/error-code.ts'
import { enforceCopartitioning } from './copartitioning.ts'
import { repartitionTopicCounts } from './repartition-topics.ts'
import type { TopicProblem } from './topic-problem.ts'
import { TopicProblem as Problem } from './topic-problem.ts'
import type { ExistingTopics, SubtopologyValue } from './topology-value.ts'

/** The partition counts of topics: those that exist, and the internal topics as far as decided. */
export class PartitionCounts {
  readonly #existing: ExistingTopics
  readonly #decided: Map<string, number>

  constructor(existing: ExistingTopics, decided: Map<string, number>) {
    this.#existing = existing
    this.#decided = decided
  }

  /** Returns the count of an existing topic, or else the decided count. */
  of(topic: string): number | undefined {
    return this.#existing.topics.get(topic)?.partitions.length ?? this.#decided.get(topic)
  }

  /** Returns the decided count of an internal topic, which may exist with another one. */
  decided(topic: string): number | undefined {
    return this.#decided.get(topic)
  }
}

/**
 * Decides the partition counts of the internal topics.
 *
 * @param subtopologies in the order of Kafka's map
 */
export function decidePartitionCounts(
  subtopologies: readonly SubtopologyValue[],
  existing: ExistingTopics,
): PartitionCounts | TopicProblem | ApiError {
  const repartition = repartitionTopicCounts(subtopologies, existing)
  if (repartition instanceof ApiError) return repartition
  const counts = new PartitionCounts(existing, repartition)
  const problem = enforceCopartitioning(subtopologies, counts, repartition)
  if (problem instanceof Problem || problem instanceof ApiError) return problem
  const changelogs = changelogTopicCounts(subtopologies, counts)
  if (changelogs instanceof ApiError) return changelogs
  for (const [topic, count] of changelogs) repartition.set(topic, count)
  return counts
}

/** A changelog has as many partitions as the subtopology has tasks (Kafka's `ChangelogTopics`). */
function changelogTopicCounts(
  subtopologies: readonly SubtopologyValue[],
  counts: PartitionCounts,
): Map<string, number> | ApiError {
  const changelogs = new Map<string, number>()
  for (const subtopology of subtopologies) {
    const count = taskCountOf(subtopology, counts)
    if (count instanceof ApiError) return count
    for (const { name } of subtopology.stateChangelogTopics) changelogs.set(name, count)
  }
  return changelogs
}

/** Returns the largest partition count of the topics that a subtopology reads. */
export function taskCountOf(
  { subtopologyId, sourceTopics, repartitionSourceTopics }: SubtopologyValue,
  counts: PartitionCounts,
): number | ApiError {
  const topics = [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]
  if (topics.length === 0) {
    return new ApiError(
      ErrorCode.StreamsInvalidTopology,
      `No source topics found for subtopology ${subtopologyId}`,
    )
  }
  let most = 0
  for (const topic of topics) {
    const count = counts.of(topic)
    if (count === undefined) return ApiError.of(ErrorCode.UnknownServerError)
    most = Math.max(most, count)
  }
  return most
}
