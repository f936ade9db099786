/**
 * The subscribers of one topic, from few partitions to many. Hands out the next one that gets a
 * partition and the next one that gives one away, and treats members of the same load in turn.
 *
 * It counts on its user to move a partition after each answer: the ranges of equal load are virtual
 * until then.
 */
export class MembersByLoad {
  readonly #loads: Int32Array
  #sorted: number[] = []
  /** The members before this position have the least load. */
  #leastEnd = 0
  #leastLoad = 0
  #nextLeast = 0
  /** The members from this position up to the end have the most load. */
  #mostStart = 0
  #mostEnd = 0
  #mostLoad = 0
  #nextMost = 0

  /**
   * @param loads the number of partitions of all topics, by index of the member; live
   */
  constructor(loads: Int32Array) {
    this.#loads = loads
  }

  /** Starts with the subscribers of a topic. Returns the largest difference of their loads. */
  start(subscribers: readonly number[]): number {
    const loads = this.#loads
    this.#sorted = subscribers.toSorted((a, b) => loads[a]! - loads[b]! || a - b)
    const count = this.#sorted.length
    const least = loads[this.#sorted[0]!]!
    const most = loads[this.#sorted[count - 1]!]!
    this.#leastEnd = 0
    this.#leastLoad = least - 1
    this.#nextLeast = 0
    this.#mostStart = count
    this.#mostEnd = count
    this.#mostLoad = most + 1
    this.#nextMost = count - 1
    return most - least
  }

  get isBalanced(): boolean {
    return this.#mostLoad - this.#leastLoad <= 1
  }

  /** Returns the member that gets the next partition. */
  nextLeastLoaded(): number {
    if (this.#nextLeast >= this.#leastEnd) {
      this.#leastLoad++
      while (
        this.#leastEnd < this.#sorted.length &&
        this.#loadAt(this.#leastEnd) === this.#leastLoad
      ) {
        this.#leastEnd++
      }
      this.#nextLeast = 0
    }
    return this.#sorted[this.#nextLeast++]!
  }

  /** Returns the member that gives the next partition away, or undefined if there is none. */
  nextMostLoaded(): number | undefined {
    if (this.#nextMost < this.#mostStart) {
      const isRangeEmpty = this.#mostEnd <= this.#mostStart
      this.#mostLoad =
        isRangeEmpty && this.#mostStart > 0 ? this.#loadAt(this.#mostStart - 1) : this.#mostLoad - 1
      while (this.#mostStart > 0 && this.#loadAt(this.#mostStart - 1) === this.#mostLoad) {
        this.#mostStart--
      }
      this.#nextMost = this.#mostEnd - 1
    }
    return this.#nextMost < 0 ? undefined : this.#sorted[this.#nextMost--]!
  }

  /** Excludes the member of the last answer, which has no partition of this topic left. */
  excludeMostLoaded(): void {
    const at = this.#nextMost + 1
    const last = --this.#mostEnd
    const excluded = this.#sorted[at]!
    this.#sorted[at] = this.#sorted[last]!
    this.#sorted[last] = excluded
  }

  #loadAt(position: number): number {
    return this.#loads[this.#sorted[position]!]!
  }
}
