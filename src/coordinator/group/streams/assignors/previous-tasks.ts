import type { ProcessMember, Task } from './process-state.ts'
import type { AssignorTaskMember, Tasks } from './task-assignment.ts'

/** A member that has a copy of the state of a task. */
interface Copy {
  readonly member: ProcessMember
  readonly isStandby: boolean
  /** The sum of its offsets, 0 if the member has not reported it. */
  readonly offset: number
}

/** The members that had the tasks, or that have state of them. */
export class PreviousTasks {
  readonly active = new Map<Task, ProcessMember>()
  readonly #copies = new Map<Task, Copy[]>()
  readonly #tasks = new Map<string, Task[]>()

  /**
   * @param tasks all tasks, by subtopology and partition
   */
  constructor(tasks: readonly Task[]) {
    for (const task of tasks) {
      const ofSubtopology = this.#tasks.get(task.subtopologyId)
      if (ofSubtopology === undefined) this.#tasks.set(task.subtopologyId, [task])
      else ofSubtopology.push(task)
    }
  }

  add(member: ProcessMember, { activeTasks, standbyTasks, taskOffsets }: AssignorTaskMember): void {
    for (const task of this.#existing(activeTasks)) this.active.set(task, member)
    for (const task of this.#existing(standbyTasks)) {
      const offset = taskOffsets.get(task.subtopologyId)?.get(task.partition) ?? 0
      this.#addCopy(task, { member, isStandby: true, offset })
    }
    for (const [subtopologyId, offsets] of taskOffsets) {
      for (const [partition, offset] of offsets) {
        const task = this.#tasks.get(subtopologyId)?.[partition]
        const isStandby = standbyTasks.get(subtopologyId)?.includes(partition) === true
        if (task !== undefined && !isStandby) this.#addCopy(task, { member, isStandby, offset })
      }
    }
  }

  /** Returns the members that have state of a task: standby tasks first, then the latest state. */
  standby(): Map<Task, ProcessMember[]> {
    return new Map(
      Array.from(this.#copies, ([task, copies]) => [
        task,
        copies.toSorted(byUsefulness).map(({ member }) => member),
      ]),
    )
  }

  /** The tasks that the topology still has. */
  *#existing(tasks: Tasks): Iterable<Task> {
    for (const [subtopologyId, partitions] of tasks) {
      const ofSubtopology = this.#tasks.get(subtopologyId) ?? []
      for (const partition of partitions) {
        const task = ofSubtopology[partition]
        if (task !== undefined) yield task
      }
    }
  }

  #addCopy(task: Task, copy: Copy): void {
    const copies = this.#copies.get(task)
    if (copies === undefined) this.#copies.set(task, [copy])
    else copies.push(copy)
  }
}

function byUsefulness(a: Copy, b: Copy): number {
  return Number(b.isStandby) - Number(a.isStandby) || b.offset - a.offset
}
