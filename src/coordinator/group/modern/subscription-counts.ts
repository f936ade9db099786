/** The subscriptions to a topic. */
export interface SubscriptionCount {
  /** The members that are subscribed to it by name. */
  readonly byName: number
  /** The regular expressions that match it. */
  readonly byRegex: number
}

const NONE: SubscriptionCount = { byName: 0, byRegex: 0 }

/** Counts the subscriptions of a group by topic name (Kafka's `SubscriptionCount`). */
export class SubscriptionCounts {
  readonly #counts: Map<string, SubscriptionCount>

  constructor(counts?: SubscriptionCounts) {
    this.#counts = new Map(counts?.entries)
  }

  get entries(): ReadonlyMap<string, SubscriptionCount> {
    return this.#counts
  }

  has(topic: string): boolean {
    return this.#counts.has(topic)
  }

  addNames(topics: Iterable<string>): void {
    for (const topic of topics) this.#change(topic, 1, 0)
  }

  removeNames(topics: Iterable<string>): void {
    for (const topic of topics) this.#change(topic, -1, 0)
  }

  addRegex(topics: Iterable<string>): void {
    for (const topic of topics) this.#change(topic, 0, 1)
  }

  removeRegex(topics: Iterable<string>): void {
    for (const topic of topics) this.#change(topic, 0, -1)
  }

  /** Whether each topic has this number of subscriptions by name. */
  allHaveNames(count: number): boolean {
    for (const { byName } of this.#counts.values()) if (byName !== count) return false
    return true
  }

  #change(topic: string, names: number, regexes: number): void {
    const { byName, byRegex } = this.#counts.get(topic) ?? NONE
    const count = { byName: byName + names, byRegex: byRegex + regexes }
    if (count.byName <= 0 && count.byRegex <= 0) this.#counts.delete(topic)
    else this.#counts.set(topic, count)
  }
}
