import type { Timer } from './clock.ts'

interface Deadline extends Timer {
  readonly atMs: number
  readonly sequence: number
  readonly callback: () => void
  index: number
}

/**
 * The deadlines of a clock, earliest first. Equal deadlines keep the order in which they were
 * added.
 */
export class DeadlineHeap {
  readonly #heap: Deadline[] = []
  #sequence = 0

  get size(): number {
    return this.#heap.length
  }

  /**
   * The time of the earliest deadline, in milliseconds since the epoch; `Infinity` if there is
   * none.
   */
  get nextAtMs(): number {
    return this.#heap[0]?.atMs ?? Infinity
  }

  add(atMs: number, callback: () => void): Timer {
    const deadline: Deadline = {
      atMs,
      callback,
      sequence: this.#sequence++,
      index: this.#heap.length,
      cancel: () => this.#remove(deadline),
    }
    this.#heap.push(deadline)
    this.#siftUp(deadline)
    return deadline
  }

  /** Removes the earliest deadline if it is due at `nowMs`, and returns its callback. */
  takeDue(nowMs: number): (() => void) | undefined {
    const first = this.#heap[0]
    if (first === undefined || first.atMs > nowMs) return undefined
    this.#remove(first)
    return first.callback
  }

  clear(): void {
    for (const deadline of this.#heap) deadline.index = -1
    this.#heap.length = 0
  }

  #remove(deadline: Deadline): void {
    const { index } = deadline
    if (index < 0) return
    deadline.index = -1
    const last = this.#heap.pop()!
    if (last === deadline) return
    this.#place(last, index)
    this.#siftUp(last)
    this.#siftDown(last)
  }

  #siftUp(deadline: Deadline): void {
    while (deadline.index > 0) {
      const parent = this.#heap[(deadline.index - 1) >> 1]!
      if (!isBefore(deadline, parent)) return
      this.#swap(deadline, parent)
    }
  }

  #siftDown(deadline: Deadline): void {
    for (;;) {
      const left = this.#heap[deadline.index * 2 + 1]
      const right = this.#heap[deadline.index * 2 + 2]
      const child =
        right !== undefined && left !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || !isBefore(child, deadline)) return
      this.#swap(child, deadline)
    }
  }

  #swap(a: Deadline, b: Deadline): void {
    const index = a.index
    this.#place(a, b.index)
    this.#place(b, index)
  }

  #place(deadline: Deadline, index: number): void {
    this.#heap[index] = deadline
    deadline.index = index
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.atMs === b.atMs ? a.sequence < b.sequence : a.atMs < b.atMs
}
