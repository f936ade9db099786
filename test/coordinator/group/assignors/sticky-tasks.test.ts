import { expect, test } from 'vitest'
import { stickyTaskAssignor } from '../../../../src/coordinator/group/streams/assignors/sticky.ts'
import { scaled } from '../../../support/scale.ts'
import { targetTasksCaseOf, type TaskGroupCase, taskInputOf, type TasksCase } from './task-case.ts'
import { TaskHistory } from './task-history.ts'

test('each task is active exactly once', () => {
  eachAssignment(({ subtopologies }, target, seed) => {
    const expected = subtopologies.flatMap(({ subtopologyId, taskCount }) =>
      Array.from({ length: taskCount }, (_, i) => `${subtopologyId}_${i}`),
    )
    const active = Object.values(target).flatMap(({ activeTasks }) => namesOf(activeTasks))
    expect(active.toSorted(), `seed ${seed}`).toEqual(expected.toSorted())
  })
})

test('a process has a task at most once, and a stateful task has as many copies as processes allow', () => {
  eachAssignment(({ members, subtopologies, standbyReplicaCount }, target, seed) => {
    const processes = new Map(members.map(({ memberId, processId }) => [memberId, processId]))
    const places = Object.entries(target).flatMap(([memberId, { activeTasks, standbyTasks }]) =>
      [...namesOf(activeTasks), ...namesOf(standbyTasks)].map(
        (name) => `${name} ${processes.get(memberId)}`,
      ),
    )
    expect(new Set(places).size, `seed ${seed}`).toBe(places.length)

    const processCount = new Set(processes.values()).size
    for (const { subtopologyId, taskCount, isStateful } of subtopologies) {
      const copies = isStateful ? Math.min(standbyReplicaCount, processCount - 1) : 0
      const standby = Object.values(target).flatMap((each) => [
        ...(each.standbyTasks[subtopologyId] ?? []),
      ])
      expect(standby.length, `seed ${seed}`).toBe(copies * taskCount)
    }
  })
})

test('nothing moves when the group has not changed', () => {
  eachAssignment((group, target, seed) => {
    const members = group.members.map((each) => ({ ...each, ...target[each.memberId]! }))
    const again = targetTasksCaseOf(stickyTaskAssignor(taskInputOf({ ...group, members })))
    const activeOf = (each: typeof target) =>
      Object.entries(each).map(([memberId, { activeTasks }]) => [memberId, activeTasks])
    if (isEven(target)) expect(activeOf(again), `seed ${seed}`).toEqual(activeOf(target))
  })
})

test('a group without members has no tasks', () => {
  const subtopologies = [{ subtopologyId: '0', taskCount: 3, isStateful: false }]
  const group = { members: [], subtopologies, standbyReplicaCount: 1 }
  expect(targetTasksCaseOf(stickyTaskAssignor(taskInputOf(group)))).toEqual({})
})

/** Returns whether the counts of active tasks differ by at most one. */
function isEven(target: ReturnType<typeof targetTasksCaseOf>): boolean {
  const counts = Object.values(target).map(({ activeTasks }) => namesOf(activeTasks).length)
  return Math.max(...counts) - Math.min(...counts) <= 1
}

function eachAssignment(
  check: (group: TaskGroupCase, target: ReturnType<typeof targetTasksCaseOf>, seed: number) => void,
): void {
  for (let seed = 0; seed < scaled(100); seed++) {
    const history = new TaskHistory(seed)
    for (let i = 0; i < 8; i++) {
      const group = history.next()
      const target = targetTasksCaseOf(stickyTaskAssignor(taskInputOf(group)))
      check(group, target, seed)
      history.adopt(target)
    }
  }
}

function namesOf(tasks: TasksCase): string[] {
  return Object.entries(tasks).flatMap(([id, partitions]) => partitions.map((i) => `${id}_${i}`))
}
