import { inHashMapOrder, javaStringHash } from '../../../../platform/java-hash-map.ts'
import { ApiError } from '../../../../protocol/api-error.ts'
import { ErrorCode } from '../../../../protocol/error-code.ts'
import { TopicProblem, TopicStatus } from './topic-problem.ts'
import type { SubtopologyValue } from './topology-value.ts'

interface Counts {
  of(topic: string): number | undefined
}

/** The repartition topics of the topology. */
interface RepartitionTopics {
  /** The application has set their partition counts. */
  readonly fixed: ReadonlySet<string>
  readonly all: ReadonlySet<string>
}

/**
 * Gives the repartition topics of each copartition group the same partition count (Kafka's
 * `CopartitionedTopicsEnforcer`). It is the count of the group's other topics, or else the count
 * that the application has set, or else the largest one.
 *
 * @param counts the counts so far, which include `decided`
 * @param decided gets the new counts
 */
export function enforceCopartitioning(
  subtopologies: readonly SubtopologyValue[],
  counts: Counts,
  decided: Map<string, number>,
): TopicProblem | ApiError | undefined {
  const infos = subtopologies.flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics)
  const repartition: RepartitionTopics = {
    fixed: new Set(infos.filter(({ partitions }) => partitions !== 0).map(({ name }) => name)),
    all: new Set(infos.map(({ name }) => name)),
  }
  for (const subtopology of subtopologies) {
    for (const group of subtopology.copartitionGroups) {
      const topics = topicsOf(group, subtopology)
      const enforced = topics && enforceGroup(countsOf(topics, counts), repartition, counts)
      if (enforced === undefined) return ApiError.of(ErrorCode.UnknownServerError)
      if (enforced instanceof TopicProblem) return enforced
      for (const [topic, count] of enforced) decided.set(topic, count)
    }
  }
  return undefined
}

/** Returns the names of the topics, in the order of Kafka's set. Undefined if one is missing. */
function topicsOf(
  group: SubtopologyValue['copartitionGroups'][number],
  { sourceTopics, repartitionSourceTopics }: SubtopologyValue,
): string[] | undefined {
  const names = new Set<string>()
  const all = [
    ...group.sourceTopics.map((index) => sourceTopics[index]),
    ...group.repartitionSourceTopics.map((index) => repartitionSourceTopics[index]?.name),
  ]
  for (const name of all) {
    if (name === undefined) return undefined
    names.add(name)
  }
  return inHashMapOrder([...names], javaStringHash)
}

function countsOf(topics: readonly string[], counts: Counts): Map<string, number> | undefined {
  const ofTopics = new Map<string, number>()
  for (const topic of topics) {
    const count = counts.of(topic)
    if (count === undefined) return undefined
    ofTopics.set(topic, count)
  }
  return ofTopics
}

/** Returns the new counts of the group's repartition topics. Undefined if a count is missing. */
function enforceGroup(
  group: ReadonlyMap<string, number> | undefined,
  { all, fixed }: RepartitionTopics,
  counts: Counts,
): Map<string, number> | TopicProblem | undefined {
  if (group === undefined) return undefined
  const enforced = new Map<string, number>()
  if (group.size === 0) return enforced
  const repartition = new Map([...group].filter(([topic]) => all.has(topic)))
  const others = new Map([...group].filter(([topic]) => !all.has(topic)))
  const count =
    others.size > 0
      ? sameCount(others, others)
      : fixed.size > 0
        ? sameCount(countsOf([...fixed], counts), repartition)
        : Math.max(...repartition.values())
  if (typeof count !== 'number') return count
  const ordered = inHashMapOrder([...repartition], ([topic]) => javaStringHash(topic))
  for (const [topic, before] of ordered) {
    enforced.set(topic, count)
    if (fixed.has(topic) && before !== count) {
      return new TopicProblem(
        TopicStatus.IncorrectlyPartitionedTopics,
        `Number of partitions [${before}] of repartition topic [${topic}] doesn't match number of partitions [${count}] of the source topic.`,
      )
    }
  }
  return enforced
}

/**
 * Returns the count that all topics have.
 *
 * @param shown the topics that the message shows if they differ
 */
function sameCount(
  topics: ReadonlyMap<string, number> | undefined,
  shown: ReadonlyMap<string, number>,
): number | TopicProblem | undefined {
  if (topics === undefined) return undefined
  const [count, ...different] = new Set(topics.values())
  if (different.length === 0) return count
  const sorted = [...shown].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const text = sorted.map(([topic, partitions]) => `${topic}=${partitions}`).join(', ')
  return new TopicProblem(
    TopicStatus.IncorrectlyPartitionedTopics,
    `Following topics do not have the same number of partitions: [{${text}}]`,
  )
}
