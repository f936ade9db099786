import type { Uuid } from '../../../platform/uuid.ts'
import type { ErrorCode } from '../../../protocol/error-code.ts'

interface PartitionOutcome {
  readonly partitionIndex: number
  readonly errorCode: ErrorCode
}

interface TopicOutcome {
  readonly name: string
  readonly topicId: Uuid
  readonly partitions: PartitionOutcome[]
}

/**
 * Returns the topics of a response in Kafka's order. Kafka first adds what does not exist, topic by
 * topic, and then merges the coordinator's response for the rest (`OffsetCommitResponse.Builder`).
 * Existing topics without partitions are not included.
 *
 * @param topics the requested topics; `isKnown` tells whether the topic exists
 * @param isRefused whether a partition does not exist, so that the group coordinator does not get
 * it
 */
export function mergedTopics(
  topics: readonly TopicOutcome[],
  isKnown: (topic: TopicOutcome) => boolean,
  isRefused: (partition: PartitionOutcome) => boolean,
): TopicOutcome[] {
  const answer = new MergedTopics()
  for (const topic of topics) {
    const refused = topic.partitions.filter(isRefused)
    if (refused.length > 0 || !isKnown(topic)) answer.merge(topic, refused)
  }
  const isUntouched = answer.topics.length === 0
  for (const topic of topics) {
    const others = topic.partitions.filter((partition) => !isRefused(partition))
    if (others.length === 0) continue
    if (isUntouched) answer.topics.push({ ...topic, partitions: others })
    else answer.merge(topic, others)
  }
  return answer.topics
}

class MergedTopics {
  readonly topics: TopicOutcome[] = []
  readonly #byKey = new Map<string, TopicOutcome>()

  merge(topic: TopicOutcome, partitions: readonly PartitionOutcome[]): void {
    const key = `${topic.topicId} ${topic.name}`
    const known = this.#byKey.get(key)
    if (known !== undefined) {
      known.partitions.push(...partitions)
      return
    }
    const first = { ...topic, partitions: [...partitions] }
    this.#byKey.set(key, first)
    this.topics.push(first)
  }
}
