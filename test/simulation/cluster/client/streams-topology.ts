import type { StreamsGroupHeartbeat } from '../../../../src/protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestInput } from '../../../../src/protocol/schema/index.ts'

export type Topology = NonNullable<RequestInput<typeof StreamsGroupHeartbeat>['topology']>

/** The source topic of the first subtopology. */
export const STREAMED_TOPIC = 't0'

export const MAX_TOPOLOGY_EPOCH = 1

/** The subtopologies, by the topic that their tasks consume. */
const READER = '0'
const COUNTER = '1'

/**
 * Returns the topology of a streams application: a stateless subtopology that repartitions its
 * topic, and one that counts the records in a store. From epoch 1 on it has a second store.
 *
 * @param configs the configs of its internal topics
 */
export function topologyOf(
  group: string,
  epoch: number,
  configs: Readonly<Record<string, string>>,
): Topology {
  const topicConfigs = Object.entries(configs).map(([key, value]) => ({ key, value }))
  const internal = (name: string) => ({ name, partitions: 0, replicationFactor: 1, topicConfigs })
  const none = {
    sourceTopics: [],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  return {
    epoch,
    subtopologies: [
      {
        ...none,
        subtopologyId: READER,
        sourceTopics: [STREAMED_TOPIC],
        repartitionSinkTopics: [repartitionTopic(group)],
      },
      {
        ...none,
        subtopologyId: COUNTER,
        repartitionSourceTopics: [internal(repartitionTopic(group))],
        stateChangelogTopics: changelogTopics(group, epoch).map(internal),
      },
    ],
  }
}

/** Returns the names of the topics that the coordinator creates. */
export function internalTopics(group: string, epoch: number): string[] {
  return [repartitionTopic(group), ...changelogTopics(group, epoch)]
}

/** Returns all tasks when the source topic has this number of partitions. */
export function allTasks(count: number): { active: string[]; stateful: string[] } {
  const tasksOf = (id: string) => Array.from({ length: count }, (_, index) => `${id}-${index}`)
  const stateful = tasksOf(COUNTER)
  return { active: [...tasksOf(READER), ...stateful], stateful }
}

/** Returns the partition that a task consumes. */
export function partitionOf(group: string, task: string): string {
  const [id, partition] = task.split('-')
  return `${id === READER ? STREAMED_TOPIC : repartitionTopic(group)}-${partition}`
}

function repartitionTopic(group: string): string {
  return `${group}_repartition`
}

function changelogTopics(group: string, epoch: number): string[] {
  return ['count', 'sum'].slice(0, epoch + 1).map((store) => `${group}_${store}_changelog`)
}
