/** Tasks of one role: their partitions, by the id of the subtopology. No entry is empty. */
export type TaskSet = ReadonlyMap<string, ReadonlySet<number>>

/** Active tasks, with the epoch in which each was assigned to the member. */
export type ActiveTasks = ReadonlyMap<string, ReadonlyMap<number, number>>

/** Tasks that a member shall have, or says that it has (Kafka's `TasksTuple`). */
export interface Tasks {
  readonly active: TaskSet
  readonly standby: TaskSet
  readonly warmup: TaskSet
}

/** The tasks that a member has (Kafka's `TasksTupleWithEpochs`). */
export interface AssignedTasks {
  readonly active: ActiveTasks
  readonly standby: TaskSet
  readonly warmup: TaskSet
}

/** Tasks as requests, responses and records contain them. */
export interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

const none: ReadonlyMap<string, never> = new Map<string, never>()

export const noTasks: Tasks & AssignedTasks = { active: none, standby: none, warmup: none }

/** Whether there is no task in any role. */
export function isEmpty({ active, standby, warmup }: Tasks | AssignedTasks): boolean {
  return active.size === 0 && standby.size === 0 && warmup.size === 0
}

/** Whether the task is among those of the role. */
export function hasTask(
  tasks: TaskSet | ActiveTasks,
  subtopologyId: string,
  partition: number,
): boolean {
  return tasks.get(subtopologyId)?.has(partition) ?? false
}

/** Whether both have the same tasks in each role, with any epochs. */
export function sameTasks(one: Tasks, other: Tasks | AssignedTasks): boolean {
  return (
    sameSet(one.active, other.active) &&
    sameSet(one.standby, other.standby) &&
    sameSet(one.warmup, other.warmup)
  )
}

/** Whether both have the same tasks, with the same epochs. */
export function sameAssignedTasks(one: AssignedTasks, other: AssignedTasks): boolean {
  if (one === other) return true
  if (!sameTasks(one as Tasks & AssignedTasks, other)) return false
  for (const [subtopologyId, partitions] of one.active) {
    const others = other.active.get(subtopologyId)!
    for (const [partition, epoch] of partitions) {
      if (others.get(partition) !== epoch) return false
    }
  }
  return true
}

/** Whether a task is in both with the same role. */
export function overlaps(tasks: Tasks, other: AssignedTasks): boolean {
  return (
    overlapsSet(tasks.active, other.active) ||
    overlapsSet(tasks.standby, other.standby) ||
    overlapsSet(tasks.warmup, other.warmup)
  )
}

/** Whether all tasks are in the set. */
export function containsAll(set: TaskSet | ActiveTasks, tasks: readonly TaskIds[]): boolean {
  return tasks.every(({ subtopologyId, partitions }) => {
    const present = set.get(subtopologyId)
    return present !== undefined && partitions.every((partition) => present.has(partition))
  })
}

/** Returns the tasks of a request or a record. */
export function taskSetOf(tasks: readonly TaskIds[]): TaskSet {
  return new Map(tasks.map((each) => [each.subtopologyId, new Set(each.partitions)]))
}

/** Returns the tasks of one role in the order of records: by subtopology, then by partition. */
export function taskIdsOf(
  tasks: TaskSet | ActiveTasks,
): { subtopologyId: string; partitions: number[] }[] {
  return [...tasks.keys()].sort().map((subtopologyId) => ({
    subtopologyId,
    partitions: [...tasks.get(subtopologyId)!.keys()].sort((a, b) => a - b),
  }))
}

/** Returns the tasks of both. */
export function mergeTaskSets(one: TaskSet, other: TaskSet): TaskSet {
  if (one.size === 0) return other
  if (other.size === 0) return one
  const merged = new Map<string, ReadonlySet<number>>(one)
  for (const [subtopologyId, partitions] of other) {
    merged.set(subtopologyId, new Set([...(merged.get(subtopologyId) ?? []), ...partitions]))
  }
  return merged
}

/** Returns the tasks of both, with the epochs of `other` where both have one. */
export function mergeActiveTasks(one: ActiveTasks, other: ActiveTasks): ActiveTasks {
  if (one.size === 0) return other
  if (other.size === 0) return one
  const merged = new Map<string, ReadonlyMap<number, number>>(one)
  for (const [subtopologyId, partitions] of other) {
    merged.set(subtopologyId, new Map([...(merged.get(subtopologyId) ?? []), ...partitions]))
  }
  return merged
}

function sameSet(one: TaskSet | ActiveTasks, other: TaskSet | ActiveTasks): boolean {
  if (one === other) return true
  if (one.size !== other.size) return false
  for (const [subtopologyId, partitions] of one) {
    const others = other.get(subtopologyId)
    if (others === undefined || others.size !== partitions.size) return false
    for (const partition of partitions.keys()) if (!others.has(partition)) return false
  }
  return true
}

function overlapsSet(one: TaskSet, other: TaskSet | ActiveTasks): boolean {
  for (const [subtopologyId, partitions] of one) {
    const others = other.get(subtopologyId)
    if (others === undefined) continue
    for (const partition of partitions) if (others.has(partition)) return true
  }
  return false
}
