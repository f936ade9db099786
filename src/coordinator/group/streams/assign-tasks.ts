import { stickyTaskAssignor } from './assignors/sticky.ts'
import type { AssignorTaskMember } from './assignors/task-assignment.ts'
import { STANDBY_REPLICAS } from './streams-config.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import { taskIdsOf } from './tasks.ts'
import type { AssignedTasks, TaskSet, Tasks } from './tasks.ts'
import type { ConfiguredTopology } from './topics/configured-topology.ts'

type SortedTasks = AssignorTaskMember['activeTasks']

/**
 * Returns the target tasks of the members; none as long as the topics are not ready. As in Kafka
 * 4.4, there are no warm-up tasks.
 *
 * @param configs the configs of the assignment, by name
 */
export function assignTasks(
  { transient }: StreamsGroup,
  members: ReadonlyMap<string, StreamsMember>,
  { error, subtopologies }: ConfiguredTopology,
  configs: ReadonlyMap<string, string>,
): ReadonlyMap<string, Tasks> {
  if (error !== undefined || subtopologies === undefined) return new Map()
  const assigned = stickyTaskAssignor({
    members: new Map(
      [...members].map(([memberId, { processId, assignedTasks }]) => [
        memberId,
        {
          processId,
          activeTasks: sorted(assignedTasks.active),
          standbyTasks: sorted(assignedTasks.standby),
          taskOffsets: transient.taskOffsetsOf(memberId).offsets,
        },
      ]),
    ),
    subtopologies: [...subtopologies].map(([subtopologyId, subtopology]) => ({
      subtopologyId,
      taskCount: subtopology.numberOfTasks,
      isStateful: subtopology.stateChangelogTopics.size > 0,
    })),
    standbyReplicaCount: Number(configs.get(STANDBY_REPLICAS) ?? 0),
  })
  return new Map(
    [...assigned].map(([memberId, { activeTasks, standbyTasks }]) => [
      memberId,
      { active: taskSet(activeTasks), standby: taskSet(standbyTasks), warmup: new Map() },
    ]),
  )
}

function sorted(tasks: TaskSet | AssignedTasks['active']): SortedTasks {
  return new Map(taskIdsOf(tasks).map((each) => [each.subtopologyId, each.partitions]))
}

function taskSet(tasks: SortedTasks): TaskSet {
  return new Map([...tasks].map(([id, partitions]) => [id, new Set(partitions)]))
}
