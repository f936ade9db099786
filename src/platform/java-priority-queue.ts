/**
 * A binary heap that returns equal elements in the same order as Java's `PriorityQueue`. Kafka's
 * choice among equals depends on it.
 */
export class JavaPriorityQueue<T> {
  readonly #heap: T[] = []
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get isEmpty(): boolean {
    return this.#heap.length === 0
  }

  add(element: T): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (this.#compare(element, heap[parent]!) >= 0) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = element
  }

  /** Removes and returns the least element, or undefined if the queue is empty. */
  poll(): T | undefined {
    const heap = this.#heap
    const least = heap[0]
    const moved = heap.pop()
    if (heap.length > 0) this.#siftDown(moved!)
    return least
  }

  /** Puts an element at the top and moves it down to its place. */
  #siftDown(element: T): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      const right = child + 1
      if (right < heap.length && this.#compare(heap[child]!, heap[right]!) > 0) child = right
      if (this.#compare(element, heap[child]!) <= 0) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = element
  }
}
