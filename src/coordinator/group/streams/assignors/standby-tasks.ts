import type { JavaPriorityQueue } from '../../../../platform/java-priority-queue.ts'
import type { ProcessMember, ProcessState, Task } from './process-state.ts'
import {
  compareIds,
  countTask,
  giveTask,
  leastLoaded,
  processesByLoad,
  type StickyState,
} from './sticky-state.ts'

/**
 * Assigns copies of each stateful task: to the member that had the active task, or else to one that
 * has state of it, or else to the process with the least load. A process has each task once, so
 * some copies may have no process.
 */
export function assignStandbyTasks(
  state: StickyState,
  tasks: readonly Task[],
  replicaCount: number,
): void {
  const missing: { task: Task; count: number }[] = []
  const ordered = tasks.toSorted(
    (a, b) => b.partition - a.partition || compareIds(b.subtopologyId, a.subtopologyId),
  )
  for (const task of ordered) {
    let count = replicaCount
    while (count > 0) {
      const member = withState(state, task)
      if (member === undefined) break
      giveTask(state, member, task, 'standbyTasks')
      count--
    }
    if (count > 0) missing.push({ task, count })
  }
  missing.sort(
    ({ task: a }, { task: b }) =>
      compareIds(b.subtopologyId, a.subtopologyId) || b.partition - a.partition,
  )
  const processes = processesByLoad(state)
  for (const { task, count } of missing) {
    for (let i = 0; i < count; i++) if (!giveToLeastLoaded(state, processes, task)) break
  }
}

/** Returns a member with state of the task, whose process does not have the task yet. */
function withState(state: StickyState, task: Task): ProcessMember | undefined {
  const canTake = (member: ProcessMember) =>
    !member.process.hasTask(task) && state.quota.hasRoom(member)
  const before = state.activeBefore.get(task)
  if (before !== undefined && canTake(before)) return before
  const copies = state.standbyBefore.get(task) ?? []
  const member = leastLoaded(copies.filter(({ process }) => !process.hasTask(task)))
  return member !== undefined && canTake(member) ? member : undefined
}

/** Returns false if every process has the task already. */
function giveToLeastLoaded(
  state: StickyState,
  processes: JavaPriorityQueue<ProcessState>,
  task: Task,
): boolean {
  const process = processes.poll()
  if (process === undefined) return false
  let isGiven = !process.hasTask(task)
  if (isGiven) {
    countTask(state, process.addTaskToLeastLoadedMember(task, 'standbyTasks'), 'standbyTasks')
  } else if (!processes.isEmpty) {
    isGiven = giveToLeastLoaded(state, processes, task)
  }
  processes.add(process)
  return isGiven
}
