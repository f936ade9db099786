import {
  type ConfiguredTopology,
  configureTopics,
} from '../../../../../src/coordinator/group/streams/topics/configured-topology.ts'
import type { ConfiguredInternalTopic } from '../../../../../src/coordinator/group/streams/topics/configured-subtopology.ts'
import type {
  ExistingTopics,
  StreamsTopologyValue,
  SubtopologyValue,
  TopicInfoValue,
} from '../../../../../src/coordinator/group/streams/topics/topology-value.ts'
import { ApiError } from '../../../../../src/protocol/api-error.ts'
import { Dice } from '../../../../simulation/dice.ts'

/** A topology and the partition counts of the topics that exist, as JSON. */
export interface TopologyCase {
  readonly topology: StreamsTopologyValue
  readonly partitionCounts: Readonly<Record<string, number>>
}

/** Returns the result of a case in the form of Java's driver. */
export function configuredCase({ topology, partitionCounts }: TopologyCase): unknown {
  const configured = configureTopics(topology, existingTopics(partitionCounts))
  if (!(configured instanceof ApiError)) return { configured: jsonOf(configured) }
  const { errorCode, message } = configured
  return { errorCode, message }
}

export function existingTopics(partitionCounts: Readonly<Record<string, number>>): ExistingTopics {
  return {
    topics: new Map(
      Object.entries(partitionCounts).map(([name, length]) => [
        name,
        { partitions: Array.from<never>({ length }) },
      ]),
    ),
  }
}

function jsonOf({ error, subtopologies, internalTopicsToCreate }: ConfiguredTopology): unknown {
  return {
    ...(error && { status: error.status, message: error.message }),
    ...(subtopologies && {
      subtopologies: Object.fromEntries(
        [...subtopologies].map(([id, each]) => [
          id,
          {
            numberOfTasks: each.numberOfTasks,
            repartitionSourceTopics: topicLines(each.repartitionSourceTopics),
            stateChangelogTopics: topicLines(each.stateChangelogTopics),
          },
        ]),
      ),
    }),
    internalTopicsToCreate: [...internalTopicsToCreate.values()].map((topic) => ({
      name: topic.name,
      numPartitions: topic.numPartitions,
      replicationFactor: topic.replicationFactor,
      configs: topic.configs.map(({ name, value }) => `${name}=${value}`),
    })),
  }
}

function topicLines(topics: ReadonlyMap<string, ConfiguredInternalTopic>): string[] {
  return [...topics.values()]
    .map((each) => `${each.name} ${each.numPartitions} ${each.replicationFactor ?? 'default'}`)
    .toSorted()
}

/**
 * Returns a random topology: subtopologies that read source topics and each other's repartition
 * topics, with copartition groups. Some are invalid, some topics are missing or have the wrong
 * partition counts.
 */
export function randomTopology(seed: number): TopologyCase {
  const dice = new Dice(seed)
  const sources = names('source', dice.between(1, 6))
  const repartitions = names('repartition', dice.int(5)).map((name): TopicInfoValue =>
    internalTopic(dice, name, dice.chance(0.25) ? dice.between(1, 4) : 0),
  )
  const count = dice.between(1, 5)
  const subtopologies = Array.from({ length: count }, (_, index) =>
    randomSubtopology(dice, index, sources, repartitions),
  )
  const sameCount = dice.between(1, 6)
  const isMixed = dice.chance(0.5)
  const partitionCounts: Record<string, number> = {}
  for (const source of sources) {
    if (dice.chance(0.97)) partitionCounts[source] = isMixed ? dice.between(1, 6) : sameCount
  }
  const internal = subtopologies.flatMap((each) => [
    ...each.repartitionSourceTopics,
    ...each.stateChangelogTopics,
  ])
  for (const { name } of internal) {
    if (dice.chance(0.2)) partitionCounts[name] = isMixed ? dice.between(1, 6) : sameCount
  }
  return { topology: { epoch: 1, subtopologies }, partitionCounts }
}

function randomSubtopology(
  dice: Dice,
  index: number,
  sources: readonly string[],
  repartitions: readonly TopicInfoValue[],
): SubtopologyValue {
  const sourceTopics = sources.filter(() => dice.chance(0.4))
  const repartitionSourceTopics = repartitions.filter(() => dice.chance(0.3))
  const indexes = (all: readonly unknown[]) => [...all.keys()].filter(() => dice.chance(0.6))
  const groups = Array.from({ length: dice.pick([0, 0, 1, 1, 2]) }, () => ({
    sourceTopics: indexes(sourceTopics),
    sourceTopicRegex: [],
    repartitionSourceTopics: indexes(repartitionSourceTopics),
  }))
  const isReading = sourceTopics.length + repartitionSourceTopics.length > 0
  return {
    subtopologyId: dice.chance(0.9) ? String(index) : `subtopology-${index}`,
    sourceTopics: isReading || dice.chance(0.2) ? sourceTopics : [sources[0]!],
    sourceTopicRegex: [],
    stateChangelogTopics: names(`changelog-${index}`, dice.int(3)).map((name) =>
      internalTopic(dice, name, 0),
    ),
    repartitionSinkTopics: repartitions.filter(() => dice.chance(0.5)).map(({ name }) => name),
    repartitionSourceTopics,
    copartitionGroups: groups,
  }
}

function internalTopic(dice: Dice, name: string, partitions: number): TopicInfoValue {
  return {
    name,
    partitions,
    replicationFactor: dice.pick([0, 0, 1, 3]),
    topicConfigs: dice.chance(0.5)
      ? []
      : [
          { key: 'cleanup.policy', value: 'compact' },
          { key: 'retention.ms', value: '-1' },
        ],
  }
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${String.fromCharCode(97 + i)}`)
}
