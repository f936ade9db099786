import type {
  AssignorSubtopology,
  TargetTasks,
  TaskAssignmentInput,
  Tasks,
} from '../../../../src/coordinator/group/streams/assignors/task-assignment.ts'

/** Partitions by subtopology id. */
export type TasksCase = Readonly<Record<string, readonly number[]>>

export interface TaskMemberCase {
  readonly memberId: string
  readonly processId: string
  readonly activeTasks: TasksCase
  readonly standbyTasks: TasksCase
  /** Offset sums by subtopology id and partition. */
  readonly taskOffsets: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The input of the assignor of streams groups, as JSON. Java's driver reads it too. */
export interface TaskGroupCase {
  readonly members: readonly TaskMemberCase[]
  readonly subtopologies: readonly AssignorSubtopology[]
  readonly standbyReplicaCount: number
}

export type TargetTasksCase = Readonly<
  Record<string, { readonly activeTasks: TasksCase; readonly standbyTasks: TasksCase }>
>

export function taskInputOf(group: TaskGroupCase): TaskAssignmentInput {
  return {
    ...group,
    members: new Map(
      group.members.map(({ memberId, processId, activeTasks, standbyTasks, taskOffsets }) => [
        memberId,
        {
          processId,
          activeTasks: new Map(Object.entries(activeTasks)),
          standbyTasks: new Map(Object.entries(standbyTasks)),
          taskOffsets: new Map(
            Object.entries(taskOffsets).map(([subtopologyId, offsets]) => [
              subtopologyId,
              new Map(Object.entries(offsets).map(([partition, sum]) => [Number(partition), sum])),
            ]),
          ),
        },
      ]),
    ),
  }
}

export function targetTasksCaseOf(target: TargetTasks): TargetTasksCase {
  const json = (tasks: Tasks): TasksCase => Object.fromEntries(tasks)
  return Object.fromEntries(
    [...target].map(([memberId, { activeTasks, standbyTasks }]) => [
      memberId,
      { activeTasks: json(activeTasks), standbyTasks: json(standbyTasks) },
    ]),
  )
}
