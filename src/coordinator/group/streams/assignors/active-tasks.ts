import { invariant } from '../../../../platform/invariant.ts'
import type { Task } from './process-state.ts'
import {
  compareIds,
  countTask,
  giveTask,
  leastLoaded,
  processesByLoad,
  type StickyState,
} from './sticky-state.ts'

/**
 * Assigns each active task: to the member that had it, or else to one that has state of it, or else
 * to the process with the least load.
 */
export function assignActiveTasks(state: StickyState, tasks: readonly Task[]): void {
  const toBefore = tasks.toSorted(
    (a, b) => a.partition - b.partition || compareIds(a.subtopologyId, b.subtopologyId),
  )
  const toState = toBefore.filter((task) => {
    const member = state.activeBefore.get(task)
    if (member === undefined || !state.activeQuota.hasRoom(member)) return true
    giveTask(state, member, task, 'activeTasks')
    return false
  })
  const toLeastLoaded = toState.filter((task) => {
    const member = leastLoaded(state.standbyBefore.get(task) ?? [])
    if (member === undefined || !state.activeQuota.hasRoom(member)) return true
    giveTask(state, member, task, 'activeTasks')
    return false
  })
  toLeastLoaded.sort(
    (a, b) => compareIds(a.subtopologyId, b.subtopologyId) || a.partition - b.partition,
  )
  const processes = processesByLoad(state)
  for (const task of toLeastLoaded) {
    const process = processes.poll()
    invariant(process !== undefined, 'a streams group with an assignment has a process')
    countTask(state, process.addTaskToLeastLoadedMember(task, 'activeTasks'), 'activeTasks')
    processes.add(process)
  }
}
