import type { AssignorSubtopology } from '../../../../src/coordinator/group/streams/assignors/task-assignment.ts'
import { Dice } from '../../../simulation/dice.ts'
import type { TargetTasksCase, TaskGroupCase, TaskMemberCase, TasksCase } from './task-case.ts'

/**
 * A random streams group: members of some processes join and leave, processes stop, members have
 * state of tasks or only some of their target, and the topology changes.
 */
export class TaskHistory {
  readonly #dice: Dice
  readonly #maxMembers: number
  readonly #maxTasks: number
  #subtopologies: AssignorSubtopology[] = []
  #members: TaskMemberCase[] = []
  #standbyReplicaCount: number

  constructor(seed: number) {
    const dice = new Dice(seed)
    this.#dice = dice
    this.#maxMembers = dice.pick([3, 8, 30])
    this.#maxTasks = dice.pick([3, 10, 30])
    this.#standbyReplicaCount = dice.pick([0, 0, 1, 1, 2])
    for (let i = dice.between(1, 4); i > 0; i--) this.#addSubtopology()
    for (let i = dice.between(1, this.#maxMembers); i > 0; i--) this.#join()
  }

  /** Changes the group once or several times, and returns the input of the next assignment. */
  next(): TaskGroupCase {
    for (let i = this.#dice.between(1, 4); i > 0; i--) this.#change()
    return {
      members: this.#members,
      subtopologies: this.#subtopologies,
      standbyReplicaCount: this.#standbyReplicaCount,
    }
  }

  /** Gives the members their new tasks. Some have reached only a part of them so far. */
  adopt(target: TargetTasksCase): void {
    this.#members = this.#members.map((member) => {
      const { activeTasks, standbyTasks } = target[member.memberId]!
      if (this.#dice.chance(0.7)) return { ...member, activeTasks, standbyTasks }
      return {
        ...member,
        activeTasks: this.#some(activeTasks),
        standbyTasks: this.#some(standbyTasks),
      }
    })
  }

  #change(): void {
    const dice = this.#dice
    const change = dice.weighted({
      join: 4,
      leave: 3,
      stopProcess: 1,
      reportOffsets: 3,
      topology: 1,
      standby: 0.5,
    })
    switch (change) {
      case 'join':
        return this.#join()
      case 'leave':
        if (this.#members.length > 1) this.#members.splice(dice.int(this.#members.length), 1)
        return
      case 'stopProcess':
        return this.#stopProcess()
      case 'reportOffsets':
        return this.#reportOffsets()
      case 'topology':
        return this.#changeTopology()
      case 'standby':
        this.#standbyReplicaCount = dice.int(3)
        return
    }
  }

  #join(): void {
    if (this.#members.length >= this.#maxMembers) return
    const dice = this.#dice
    this.#members.push({
      memberId: Buffer.from(dice.bytes(9)).toString('base64url'),
      processId:
        this.#members.length > 0 && dice.chance(0.5)
          ? dice.pick(this.#members).processId
          : `process-${dice.int(1e6)}`,
      activeTasks: {},
      standbyTasks: {},
      taskOffsets: dice.chance(0.3) ? this.#someOffsets() : {},
    })
  }

  #stopProcess(): void {
    const { processId } = this.#dice.pick(this.#members)
    const others = this.#members.filter((member) => member.processId !== processId)
    if (others.length > 0) this.#members = others
  }

  #reportOffsets(): void {
    const at = this.#dice.int(this.#members.length)
    this.#members[at] = { ...this.#members[at]!, taskOffsets: this.#someOffsets() }
  }

  #changeTopology(): void {
    const dice = this.#dice
    if (dice.chance(0.5)) return this.#addSubtopology()
    if (this.#subtopologies.length < 2) return
    this.#subtopologies = this.#subtopologies.toSpliced(dice.int(this.#subtopologies.length), 1)
  }

  #addSubtopology(): void {
    const dice = this.#dice
    const added = {
      subtopologyId: String(dice.int(100)),
      taskCount: dice.between(1, this.#maxTasks),
      isStateful: dice.chance(0.6),
    }
    const others = this.#subtopologies.filter((each) => each.subtopologyId !== added.subtopologyId)
    this.#subtopologies = [...others, added].toSorted((a, b) =>
      a.subtopologyId < b.subtopologyId ? -1 : 1,
    )
  }

  #someOffsets(): TaskMemberCase['taskOffsets'] {
    const dice = this.#dice
    return Object.fromEntries(
      this.#subtopologies.map(({ subtopologyId, taskCount }) => {
        const partitions = Array.from({ length: taskCount }, (_, i) => i)
        const some = partitions.filter(() => dice.chance(0.3))
        return [subtopologyId, Object.fromEntries(some.map((i) => [i, dice.int(5) * 100]))]
      }),
    )
  }

  #some(tasks: TasksCase): TasksCase {
    return Object.fromEntries(
      Object.entries(tasks).map(([id, all]) => [id, all.filter(() => this.#dice.chance(0.5))]),
    )
  }
}
