import { JavaPriorityQueue } from '../../../../platform/java-priority-queue.ts'
import type { ProcessMember, ProcessState, Task, TaskKind } from './process-state.ts'

/** The state of one assignment. */
export interface StickyState {
  /** In the order of Kafka's map. */
  readonly processes: readonly ProcessState[]
  /** The member that had the active task. */
  readonly activeBefore: ReadonlyMap<Task, ProcessMember>
  /** The members that have state of a task, best first. */
  readonly standbyBefore: ReadonlyMap<Task, readonly ProcessMember[]>
  /** How many active tasks a member gets. */
  readonly activeQuota: Quota
  /** How many tasks of both kinds a member gets. */
  readonly quota: Quota
}

/**
 * The number of tasks that each member gets. It is the rounded up average of the tasks and members
 * that remain when some members are full.
 */
export class Quota {
  #tasks: number
  #members: number
  #perMember = 0

  constructor(tasks: number, members: number) {
    this.#tasks = tasks
    this.#members = members
    this.#compute()
  }

  hasRoom({ taskCount }: ProcessMember): boolean {
    return taskCount < this.#perMember
  }

  /** Takes a member out if it is full with this number of tasks. */
  used(taskCount: number): void {
    if (taskCount !== this.#perMember) return
    this.#members--
    this.#tasks -= taskCount
    this.#compute()
  }

  #compute(): void {
    this.#perMember = this.#members === 0 ? 0 : Math.ceil(this.#tasks / this.#members)
  }
}

/** Gives a task to a member. */
export function giveTask(
  state: StickyState,
  member: ProcessMember,
  task: Task,
  kind: TaskKind,
): void {
  countTask(state, member.process.addTask(member, task, kind), kind)
}

/** Updates the quotas after a member has got a task. */
export function countTask(state: StickyState, taskCount: number, kind: TaskKind): void {
  if (kind === 'activeTasks') state.activeQuota.used(taskCount)
  state.quota.used(taskCount)
}

/** Returns the processes, least load first. */
export function processesByLoad({ processes }: StickyState): JavaPriorityQueue<ProcessState> {
  const queue = new JavaPriorityQueue<ProcessState>((a, b) => a.load - b.load)
  for (const process of processes) queue.add(process)
  return queue
}

/**
 * Returns the member with the least load. A later one is preferred only if both its process and
 * itself have less to do.
 */
export function leastLoaded(members: Iterable<ProcessMember>): ProcessMember | undefined {
  let found: ProcessMember | undefined
  let processLoad = 0
  let taskCount = 0
  for (const member of members) {
    const isBetter = member.process.load < processLoad && member.taskCount < taskCount
    if (found !== undefined && !isBetter) continue
    found = member
    processLoad = member.process.load
    taskCount = member.taskCount
  }
  return found
}

/** Compares subtopology ids as Java does. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
