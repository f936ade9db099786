import type { CreatableTopic } from '../../../../controller/operations.ts'
import { inHashMapOrder, javaStringHash } from '../../../../platform/java-hash-map.ts'
import { ApiError } from '../../../../protocol/api-error.ts'
import { ErrorCode } from '../../../../protocol/error-code.ts'
import { hasDuplicates } from '../has-duplicates.ts'
import type { ConfiguredInternalTopic, ConfiguredSubtopology } from './configured-subtopology.ts'
import { missingInternalTopics } from './internal-topics.ts'
import { decidePartitionCounts, type PartitionCounts, taskCountOf } from './partition-counts.ts'
import { summaryOf, TopicProblem, TopicStatus } from './topic-problem.ts'
import type {
  ExistingTopics,
  StreamsTopologyValue,
  SubtopologyValue,
  TopicInfoValue,
} from './topology-value.ts'

/** A topology with the topics that exist (Kafka's `ConfiguredTopology`). Immutable. */
export interface ConfiguredTopology {
  readonly epoch: number
  /** Sorted by id; undefined if source topics are missing or have wrong partition counts. */
  readonly subtopologies: ReadonlyMap<string, ConfiguredSubtopology> | undefined
  /** By name. */
  readonly internalTopicsToCreate: ReadonlyMap<string, CreatableTopic>
  /** The reason why the members get no tasks yet, or undefined if the topology is ready. */
  readonly error: TopicProblem | undefined
}

/**
 * Decides the partition counts of the internal topics, the number of tasks, and the internal topics
 * to create (Kafka's `InternalTopicManager`).
 *
 * @returns an error if the topology itself is invalid
 */
export function configureTopics(
  topology: StreamsTopologyValue,
  existing: ExistingTopics,
): ConfiguredTopology | ApiError {
  const { epoch } = topology
  const configured = configure(topology, existing)
  if (configured instanceof ApiError) return configured
  if (configured instanceof TopicProblem) {
    return { epoch, subtopologies: undefined, internalTopicsToCreate: new Map(), error: configured }
  }
  const { subtopologies, internalTopicsToCreate } = configured
  const missing = [...internalTopicsToCreate.keys()]
  const error =
    missing.length === 0
      ? undefined
      : new TopicProblem(
          TopicStatus.MissingInternalTopics,
          `Internal topics are missing: ${summaryOf(missing)}`,
        )
  return { epoch, subtopologies, internalTopicsToCreate, error }
}

function configure(topology: StreamsTopologyValue, existing: ExistingTopics) {
  const missing = missingSourceTopics(topology, existing)
  if (missing !== undefined) return missing
  const inOrder = inHashMapOrder(topology.subtopologies, (each) =>
    javaStringHash(each.subtopologyId),
  )
  const counts = decidePartitionCounts(inOrder, existing)
  if (counts instanceof ApiError || counts instanceof TopicProblem) return counts
  const subtopologies = new Map<string, ConfiguredSubtopology>()
  const sorted = inOrder.toSorted((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))
  for (const subtopology of sorted) {
    const configured = configureSubtopology(subtopology, counts)
    if (configured instanceof ApiError) return configured
    subtopologies.set(subtopology.subtopologyId, configured)
  }
  const internalTopicsToCreate = missingInternalTopics(subtopologies, inOrder, existing)
  if (internalTopicsToCreate instanceof TopicProblem) return internalTopicsToCreate
  return { subtopologies, internalTopicsToCreate }
}

function missingSourceTopics(
  { subtopologies }: StreamsTopologyValue,
  { topics }: ExistingTopics,
): TopicProblem | undefined {
  const sources = new Set(subtopologies.flatMap(({ sourceTopics }) => sourceTopics))
  const missing = [...sources].filter((topic) => !topics.has(topic)).toSorted()
  if (missing.length === 0) return undefined
  return new TopicProblem(
    TopicStatus.MissingSourceTopics,
    `Source topics ${summaryOf(missing)} are missing.`,
  )
}

function configureSubtopology(
  subtopology: SubtopologyValue,
  counts: PartitionCounts,
): ConfiguredSubtopology | ApiError {
  const numberOfTasks = taskCountOf(subtopology, counts)
  if (numberOfTasks instanceof ApiError) return numberOfTasks
  const repartitionSourceTopics = internalTopics(subtopology.repartitionSourceTopics, counts)
  const stateChangelogTopics = internalTopics(subtopology.stateChangelogTopics, counts)
  if (repartitionSourceTopics === undefined || stateChangelogTopics === undefined) {
    return ApiError.of(ErrorCode.UnknownServerError)
  }
  return {
    numberOfTasks,
    sourceTopics: new Set(subtopology.sourceTopics),
    repartitionSourceTopics,
    repartitionSinkTopics: new Set(subtopology.repartitionSinkTopics),
    stateChangelogTopics,
  }
}

/**
 * Returns the topics by name, in the order of Kafka's map. Undefined if one has no valid count, or
 * if a topic or one of its configs is there twice.
 */
function internalTopics(
  infos: readonly TopicInfoValue[],
  counts: PartitionCounts,
): Map<string, ConfiguredInternalTopic> | undefined {
  if (hasDuplicates(infos.map(({ name }) => name))) return undefined
  const topics = new Map<string, ConfiguredInternalTopic>()
  for (const info of inHashMapOrder(infos, ({ name }) => javaStringHash(name))) {
    const numPartitions = info.partitions === 0 ? counts.decided(info.name) : info.partitions
    if (numPartitions === undefined || numPartitions < 1) return undefined
    if (hasDuplicates(info.topicConfigs.map(({ key }) => key))) return undefined
    topics.set(info.name, {
      name: info.name,
      numPartitions,
      replicationFactor: info.replicationFactor === 0 ? undefined : info.replicationFactor,
      configs: new Map(info.topicConfigs.map(({ key, value }) => [key, value])),
    })
  }
  return topics
}
