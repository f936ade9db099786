import type { ActiveTasks, TaskSet } from './tasks.ts'

type MutableTaskSet = Map<string, Set<number>>

/** The difference between the current and the target tasks of a member in one role. */
export class RoleChange {
  /** Tasks that it has and shall have. */
  readonly kept: MutableTaskSet = new Map()
  /** Tasks that it has and shall not have. */
  readonly revoked: MutableTaskSet = new Map()
  /** Tasks that it shall have and can get now. */
  readonly granted: MutableTaskSet = new Map()
  /** Whether it shall have tasks that it cannot get yet. */
  readonly hasBlocked: boolean

  constructor(
    current: ReadonlyMap<string, Iterable<number>>,
    target: TaskSet,
    isBlocked: (subtopologyId: string, partition: number) => boolean,
  ) {
    for (const [id, partition] of tasksOf(current)) {
      add(target.get(id)?.has(partition) ? this.kept : this.revoked, id, partition)
    }
    let hasBlocked = false
    for (const [id, partition] of tasksOf(target)) {
      if (this.kept.get(id)?.has(partition)) continue
      if (isBlocked(id, partition)) hasBlocked = true
      else add(this.granted, id, partition)
    }
    this.hasBlocked = hasBlocked
  }

  /** Moves the tasks among `tasks` that the member would get to those that it has already. */
  grantAll(tasks: ActiveTasks): void {
    for (const [id, partitions] of tasks) {
      for (const partition of partitions.keys()) this.#grant(id, partition)
    }
  }

  /** Converts tasks of another role, which are then not revoked. */
  convertFrom(current: TaskSet, other: RoleChange): void {
    for (const [id, partition] of tasksOf(current)) {
      if (this.#grant(id, partition)) remove(other.revoked, id, partition)
    }
  }

  /** Does not revoke tasks that become active in the member. */
  keepWhilePromoted(current: TaskSet, targetActive: TaskSet): void {
    for (const [id, partition] of tasksOf(current)) {
      if (targetActive.get(id)?.has(partition)) remove(this.revoked, id, partition)
    }
  }

  /** Keeps the tasks that shall become active, except those that become active now. */
  keepUnlessGranted(
    current: TaskSet,
    targetActive: TaskSet,
    grantedActive: TaskSet | undefined,
  ): void {
    for (const [id, partition] of tasksOf(current)) {
      const isGranted = grantedActive?.get(id)?.has(partition) ?? false
      if (targetActive.get(id)?.has(partition) && !isGranted) add(this.kept, id, partition)
    }
  }

  #grant(id: string, partition: number): boolean {
    if (!this.granted.get(id)?.has(partition)) return false
    remove(this.granted, id, partition)
    add(this.kept, id, partition)
    return true
  }
}

function* tasksOf(
  tasks: ReadonlyMap<string, Iterable<number>>,
): Generator<readonly [id: string, partition: number]> {
  for (const [id, partitions] of tasks) {
    for (const partition of partitions) yield [id, partition]
  }
}

function add(tasks: MutableTaskSet, id: string, partition: number): void {
  const partitions = tasks.get(id)
  if (partitions === undefined) tasks.set(id, new Set([partition]))
  else partitions.add(partition)
}

function remove(tasks: MutableTaskSet, id: string, partition: number): void {
  const partitions = tasks.get(id)
  if (partitions?.delete(partition) && partitions.size === 0) tasks.delete(id)
}
