import { disagree } from '../../agree.ts'
import type { Owner } from './ownership-model.ts'

/** The tasks of a member by role, such as `0-1`: the subtopology and the partition. */
export interface TasksByRole {
  readonly active: readonly string[]
  readonly standby: readonly string[]
  readonly warmup: readonly string[]
}

/** A member that has tasks. */
export interface TaskHolder extends Owner {
  readonly processId: string
}

/**
 * Checks at every step that a task is active in at most one member, and that a process has it in
 * one role and one member only.
 */
export class TasksModel {
  readonly #groups = new Map<string, Map<TaskHolder, TasksByRole>>()

  /**
   * Notes that a member has these tasks and no others, and checks that no other member has them. As
   * in Kafka, a member that was removed meanwhile may still get a response that was on its way.
   */
  hold(group: string, holder: TaskHolder, tasks: TasksByRole, nowMs: number): void {
    const own = allOf(tasks)
    if (new Set(own).size < own.length) {
      disagree(`${holder.name} of ${group} has a task twice: ${own.join(' ')}`)
    }
    const holders = this.#holders(group)
    const isLate = holder.heldUntilMs() <= nowMs
    for (const [other, others] of holders) {
      if (isLate || other === holder || other.heldUntilMs() <= nowMs) continue
      const isNeighbor = other.processId === holder.processId
      const conflict = isNeighbor
        ? own.find((task) => allOf(others).includes(task))
        : tasks.active.find((task) => others.active.includes(task))
      if (conflict === undefined) continue
      const where = isNeighbor ? ` in process ${holder.processId}` : ''
      disagree(
        `task ${conflict} of ${group} goes to ${holder.name} while ${other.name} has it${where}`,
      )
    }
    holders.set(holder, tasks)
  }

  /** Notes that a member does not use its tasks any more. */
  release(group: string, holder: TaskHolder): void {
    this.#holders(group).delete(holder)
  }

  #holders(group: string): Map<TaskHolder, TasksByRole> {
    let holders = this.#groups.get(group)
    if (holders === undefined) this.#groups.set(group, (holders = new Map()))
    return holders
  }
}

function allOf({ active, standby, warmup }: TasksByRole): string[] {
  return [...active, ...standby, ...warmup]
}
