import type { CreatableTopic } from '../../../../controller/operations.ts'
import { inHashMapOrder, javaStringHash } from '../../../../platform/java-hash-map.ts'
import type { ConfiguredInternalTopic, ConfiguredSubtopology } from './configured-subtopology.ts'
import { TopicProblem, TopicStatus } from './topic-problem.ts'
import type { ExistingTopics, SubtopologyValue } from './topology-value.ts'

const DEFAULT_REPLICATION_FACTOR = -1

/**
 * Returns the internal topics that do not exist yet, by name, in the order of Kafka's map. Returns
 * a problem if one exists with another partition count.
 */
export function missingInternalTopics(
  configured: ReadonlyMap<string, ConfiguredSubtopology>,
  subtopologies: readonly SubtopologyValue[],
  { topics: existing }: ExistingTopics,
): Map<string, CreatableTopic> | TopicProblem {
  const internal = new Map<string, ConfiguredInternalTopic>()
  for (const { repartitionSourceTopics, stateChangelogTopics } of configured.values()) {
    for (const topic of repartitionSourceTopics.values()) internal.set(topic.name, topic)
    for (const topic of stateChangelogTopics.values()) internal.set(topic.name, topic)
  }
  for (const name of requiredTopics(subtopologies)) {
    const expected = internal.get(name)?.numPartitions
    const found = existing.get(name)?.partitions.length
    if (expected === undefined || found === undefined || expected === found) continue
    return new TopicProblem(
      TopicStatus.IncorrectlyPartitionedTopics,
      `Existing topic ${name} has different number of partitions: expected ${expected}, found ${found}`,
    )
  }
  const inOrder = inHashMapOrder([...internal.values()], ({ name }) => javaStringHash(name))
  const missing = inOrder.filter(({ name }) => !existing.has(name))
  return new Map(missing.map((topic) => [topic.name, creatable(topic)]))
}

/** Returns all topics of the topology, in the order of Kafka's set. */
function requiredTopics(subtopologies: readonly SubtopologyValue[]): string[] {
  const names = new Set<string>()
  for (const { sourceTopics, repartitionSourceTopics, stateChangelogTopics } of subtopologies) {
    for (const name of sourceTopics) names.add(name)
    for (const { name } of repartitionSourceTopics) names.add(name)
    for (const { name } of stateChangelogTopics) names.add(name)
  }
  return inHashMapOrder([...names], javaStringHash)
}

function creatable(topic: ConfiguredInternalTopic): CreatableTopic {
  const configs = Array.from(topic.configs, ([name, value]) => ({ name, value }))
  return {
    name: topic.name,
    numPartitions: topic.numPartitions,
    replicationFactor: topic.replicationFactor ?? DEFAULT_REPLICATION_FACTOR,
    assignments: [],
    configs: inHashMapOrder(configs, ({ name }) => javaStringHash(name)),
  }
}
