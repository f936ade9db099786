import {
  bucketCount,
  inBucketOrder,
  inHashMapOrder,
  javaStringHash,
} from '../../../../platform/java-hash-map.ts'
import { assignActiveTasks } from './active-tasks.ts'
import { type ProcessMember, ProcessState, type Task } from './process-state.ts'
import { assignStandbyTasks } from './standby-tasks.ts'
import { PreviousTasks } from './previous-tasks.ts'
import { Quota, type StickyState } from './sticky-state.ts'
import type {
  AssignorTaskMember,
  TargetTasks,
  TaskAssignmentInput,
  Tasks,
} from './task-assignment.ts'

/**
 * The assignor of streams groups. Tasks stay where they are or where their state is, as far as the
 * members have about the same number of tasks. Other tasks go to the processes with the least load
 * (Kafka's `StickyTaskAssignor`).
 */
export function stickyTaskAssignor(input: TaskAssignmentInput): TargetTasks {
  if (input.members.size === 0) return new Map()
  const { state, tasks, members } = stateOf(input)
  assignActiveTasks(state, tasks)
  if (input.standbyReplicaCount > 0) {
    const stateful = new Set(
      input.subtopologies.filter((each) => each.isStateful).map((each) => each.subtopologyId),
    )
    const statefulTasks = tasks.filter(({ subtopologyId }) => stateful.has(subtopologyId))
    assignStandbyTasks(state, statefulTasks, input.standbyReplicaCount)
  }
  return new Map(
    members.map(({ memberId, activeTasks, standbyTasks }) => [
      memberId,
      { activeTasks: bySubtopology(activeTasks), standbyTasks: bySubtopology(standbyTasks) },
    ]),
  )
}

function stateOf({ members, subtopologies, standbyReplicaCount }: TaskAssignmentInput) {
  const tasks = subtopologies.flatMap(({ subtopologyId, taskCount }) =>
    Array.from({ length: taskCount }, (_, partition): Task => ({ subtopologyId, partition })),
  )
  const standbyCount = subtopologies
    .filter(({ isStateful }) => isStateful)
    .reduce((sum, { taskCount }) => sum + taskCount * standbyReplicaCount, 0)

  const processes = new Map<string, ProcessState>()
  const previous = new PreviousTasks(tasks)
  const processMembers: ProcessMember[] = []
  const ordered = inHashMapOrder([...members], ([memberId]) => javaStringHash(memberId))
  for (const [memberId, member] of ordered) {
    let process = processes.get(member.processId)
    if (process === undefined) processes.set(member.processId, (process = new ProcessState()))
    const processMember = process.addMember(memberId)
    processMembers.push(processMember)
    previous.add(processMember, member)
  }

  const state: StickyState = {
    processes: processesInOrder(ordered, processes),
    activeBefore: previous.active,
    standbyBefore: previous.standby(),
    activeQuota: new Quota(tasks.length, members.size),
    quota: new Quota(tasks.length + standbyCount, members.size),
  }
  return { state, tasks, members: processMembers }
}

/**
 * Returns the processes in the order of Kafka's `HashMap`. It has a bucket for each member, and is
 * filled with `computeIfAbsent`: a new key stands before the others of its bucket, and the map
 * grows only before the next key.
 */
function processesInOrder(
  members: readonly [string, AssignorTaskMember][],
  processes: ReadonlyMap<string, ProcessState>,
): ProcessState[] {
  let capacity = bucketCount(members.length)
  const seen = new Set<string>()
  for (const [, { processId }] of members) {
    if (seen.size > Math.trunc(capacity * 0.75)) capacity *= 2
    seen.add(processId)
  }
  const hashOf = ([processId]: [string, ProcessState]) => javaStringHash(processId)
  return inBucketOrder([...processes].toReversed(), hashOf, capacity).map(([, each]) => each)
}

function bySubtopology(tasks: readonly Task[]): Tasks {
  const partitions = new Map<string, number[]>()
  for (const { subtopologyId, partition } of tasks) {
    const ofSubtopology = partitions.get(subtopologyId)
    if (ofSubtopology === undefined) partitions.set(subtopologyId, [partition])
    else ofSubtopology.push(partition)
  }
  for (const ofSubtopology of partitions.values()) ofSubtopology.sort((a, b) => a - b)
  return partitions
}
