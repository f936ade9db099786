import type { ActiveTasks, AssignedTasks, TaskSet } from './tasks.ts'

/**
 * The processes that run each task of a group. Several members of one process share its state
 * directories, so a task may have only one role in a process.
 */
export class TaskOwners {
  readonly #active = new Map<string, Map<number, string>>()
  readonly #standby = new Map<string, Map<number, Set<string>>>()
  readonly #warmup = new Map<string, Map<number, Set<string>>>()

  /** The process with the active task, if there is one. */
  active(subtopologyId: string, partition: number): string | undefined {
    return this.#active.get(subtopologyId)?.get(partition)
  }

  hasStandby(subtopologyId: string, partition: number, processId: string): boolean {
    return this.#standby.get(subtopologyId)?.get(partition)?.has(processId) ?? false
  }

  hasWarmup(subtopologyId: string, partition: number, processId: string): boolean {
    return this.#warmup.get(subtopologyId)?.get(partition)?.has(processId) ?? false
  }

  add(tasks: AssignedTasks, processId: string): void {
    for (const [subtopologyId, partitions] of tasks.active) {
      const owners = ofSubtopology(this.#active, subtopologyId)
      for (const partition of partitions.keys()) owners.set(partition, processId)
    }
    addToSets(this.#standby, tasks.standby, processId)
    addToSets(this.#warmup, tasks.warmup, processId)
  }

  /** Removes the process from the tasks, except from active tasks that another has meanwhile. */
  remove(tasks: AssignedTasks, processId: string): void {
    removeActive(this.#active, tasks.active, processId)
    removeFromSets(this.#standby, tasks.standby, processId)
    removeFromSets(this.#warmup, tasks.warmup, processId)
  }
}

function ofSubtopology<T>(tasks: Map<string, Map<number, T>>, id: string): Map<number, T> {
  let partitions = tasks.get(id)
  if (partitions === undefined) tasks.set(id, (partitions = new Map()))
  return partitions
}

function addToSets(
  owners: Map<string, Map<number, Set<string>>>,
  tasks: TaskSet,
  processId: string,
): void {
  for (const [subtopologyId, partitions] of tasks) {
    const processes = ofSubtopology(owners, subtopologyId)
    for (const partition of partitions) {
      const existing = processes.get(partition)
      if (existing === undefined) processes.set(partition, new Set([processId]))
      else existing.add(processId)
    }
  }
}

function removeActive(
  owners: Map<string, Map<number, string>>,
  tasks: ActiveTasks,
  processId: string,
): void {
  for (const [subtopologyId, partitions] of tasks) {
    const processes = owners.get(subtopologyId)
    if (processes === undefined) continue
    for (const partition of partitions.keys()) {
      if (processes.get(partition) === processId) processes.delete(partition)
    }
    if (processes.size === 0) owners.delete(subtopologyId)
  }
}

function removeFromSets(
  owners: Map<string, Map<number, Set<string>>>,
  tasks: TaskSet,
  processId: string,
): void {
  for (const [subtopologyId, partitions] of tasks) {
    for (const partition of partitions) {
      owners.get(subtopologyId)?.get(partition)?.delete(processId)
    }
  }
}
