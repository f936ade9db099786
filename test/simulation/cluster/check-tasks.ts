import type { StreamsMember } from './client/streams-member.ts'
import { allTasks, internalTopics, STREAMED_TOPIC } from './client/streams-topology.ts'
import type { World } from './world.ts'

/**
 * Returns the reasons why a streams group is not at rest. At rest, its internal topics exist, and
 * each task is active in one member, with its standbys in other processes. There are no tasks while
 * the source topic is missing, or a topic has a wrong number of partitions.
 */
export function* taskFaults(
  world: World,
  group: string,
  members: readonly StreamsMember[],
): Generator<string> {
  const epoch = Math.max(...members.map(({ groupTopologyEpoch }) => groupTopologyEpoch))
  const { listed } = world.model.topics
  const countOf = (topic: string) => listed.find(({ name }) => name === topic)?.listedCount
  const expected = countOf(STREAMED_TOPIC)
  const counts = internalTopics(group, epoch).map(countOf)
  const isBroken = counts.some((count) => count !== undefined && count !== expected)
  const isReady = expected !== undefined && !isBroken
  if (isReady && counts.includes(undefined)) yield `an internal topic of ${group} is missing`
  const { active, stateful } = allTasks(isReady ? expected : 0)
  const owned = members.flatMap((member) => [...member.owned!])
  for (const task of new Set([...owned, ...active])) {
    const owners = owned.filter((each) => each === task).length
    if (owners !== 1 || !active.includes(task)) {
      yield `task ${task} is active in ${owners} members of ${group}`
    }
  }
  const processes = new Set(members.map(({ processId }) => processId)).size
  const standbys = members.flatMap(({ standby }) => [...standby])
  const replicas = Math.min(world.settings.standbyReplicas, processes - 1)
  for (const task of new Set([...standbys, ...stateful])) {
    const replicaCount = standbys.filter((each) => each === task).length
    if (replicaCount !== (stateful.includes(task) ? replicas : 0)) {
      yield `task ${task} of ${group} has ${replicaCount} standbys`
    }
  }
}
