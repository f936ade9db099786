import { inHashMapOrder, javaStringHash } from '../../../../platform/java-hash-map.ts'
import { invariant } from '../../../../platform/invariant.ts'
import { JavaPriorityQueue } from '../../../../platform/java-priority-queue.ts'

/** A task: one partition of a subtopology. There is one object for each task of an assignment. */
export interface Task {
  readonly subtopologyId: string
  readonly partition: number
}

export type TaskKind = 'activeTasks' | 'standbyTasks'

/** A member of a process. */
export interface ProcessMember {
  readonly memberId: string
  readonly process: ProcessState
  readonly activeTasks: Task[]
  readonly standbyTasks: Task[]
  taskCount: number
}

/**
 * A process of a streams application, with the members that are its threads (Kafka's
 * `ProcessState`). A process has a task at most once, because its members share the state
 * directory.
 */
export class ProcessState {
  readonly #members: ProcessMember[] = []
  readonly #tasks = new Set<Task>()
  #taskCount = 0
  #membersByLoad: JavaPriorityQueue<ProcessMember> | undefined

  /** The number of tasks per member. */
  get load(): number {
    return this.#taskCount / this.#members.length
  }

  addMember(memberId: string): ProcessMember {
    const member = { memberId, process: this, activeTasks: [], standbyTasks: [], taskCount: 0 }
    this.#members.push(member)
    return member
  }

  hasTask(task: Task): boolean {
    return this.#tasks.has(task)
  }

  /** Gives a task to a member, and returns how many it has then. */
  addTask(member: ProcessMember, task: Task, kind: TaskKind): number {
    this.#membersByLoad = undefined
    return this.#add(member, task, kind)
  }

  /** Gives a task to the member with the fewest, and returns how many it has then. */
  addTaskToLeastLoadedMember(task: Task, kind: TaskKind): number {
    this.#membersByLoad ??= this.#queue()
    const member = this.#membersByLoad.poll()
    invariant(member !== undefined, 'a process has a member')
    const taskCount = this.#add(member, task, kind)
    this.#membersByLoad.add(member)
    return taskCount
  }

  #add(member: ProcessMember, task: Task, kind: TaskKind): number {
    this.#tasks.add(task)
    this.#taskCount++
    member[kind].push(task)
    return ++member.taskCount
  }

  #queue(): JavaPriorityQueue<ProcessMember> {
    const queue = new JavaPriorityQueue<ProcessMember>((a, b) => a.taskCount - b.taskCount)
    const ordered = inHashMapOrder(this.#members, ({ memberId }) => javaStringHash(memberId))
    for (const member of ordered) queue.add(member)
    return queue
  }
}
