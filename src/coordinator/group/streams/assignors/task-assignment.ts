/** Partitions in ascending order, by subtopology id: each is a task. */
export type Tasks = ReadonlyMap<string, readonly number[]>

/** Offset sums of the partitions of a subtopology, by subtopology id and partition. */
export type TaskOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>

/** A member of a streams group as the task assignor sees it. */
export interface AssignorTaskMember {
  readonly processId: string
  /** The tasks that the member has now. */
  readonly activeTasks: Tasks
  readonly standbyTasks: Tasks
  /** The offsets of local state that the member has reported. */
  readonly taskOffsets: TaskOffsets
}

/** A configured subtopology as the task assignor sees it. */
export interface AssignorSubtopology {
  readonly subtopologyId: string
  readonly taskCount: number
  /** Whether it has state, which standby tasks copy. */
  readonly isStateful: boolean
}

/** The input of the assignor of streams groups (Kafka's `GroupSpec` and `TopologyDescriber`). */
export interface TaskAssignmentInput {
  readonly members: ReadonlyMap<string, AssignorTaskMember>
  readonly subtopologies: readonly AssignorSubtopology[]
  readonly standbyReplicaCount: number
}

export interface MemberTasks {
  readonly activeTasks: Tasks
  readonly standbyTasks: Tasks
}

/** The new target assignment. Each member of the input has an entry, which may be empty. */
export type TargetTasks = ReadonlyMap<string, MemberTasks>
