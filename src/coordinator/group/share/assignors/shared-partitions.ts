import { bucketCount, inHashMapOrder } from '../../../../platform/java-hash-map.ts'
import type { Uuid } from '../../../../platform/uuid.ts'

export interface TopicPartition {
  readonly topicId: Uuid
  readonly partition: number
}

/** A partition and the indexes of the members that have it. */
interface Shared extends TopicPartition {
  /** Without those that get it in this assignment. */
  readonly holders: Set<number>
  /** The largest number of holders so far. */
  mostHolders: number
}

interface Subscriber {
  /** The number of partitions that the member should have. */
  readonly wanted: number
  readonly held: Set<Shared>
}

/**
 * Partitions that members of a share group have together: each partition has about the same number
 * of members, each member about the same number of partitions.
 */
export class SharedPartitions {
  readonly #targets: readonly TopicPartition[]
  readonly #hashOf: (partition: TopicPartition) => number
  /** The number of members that each partition should have. */
  readonly #sharing: number
  readonly #subscribers = new Map<number, Subscriber>()
  readonly #byTopic = new Map<Uuid, Map<number, Shared>>()
  /** In the order in which Kafka puts them into its map. */
  readonly #partitions: Shared[] = []

  /**
   * @param targets the partitions that members may have
   * @param subscribers the indexes of members, ascending
   * @param hashOf returns the hash code of Kafka's key for a partition
   */
  constructor(
    targets: readonly TopicPartition[],
    subscribers: readonly number[],
    hashOf: (partition: TopicPartition) => number,
  ) {
    this.#targets = targets
    this.#hashOf = hashOf
    this.#sharing = targets.length === 0 ? 0 : Math.ceil(subscribers.length / targets.length)
    const average = (this.#sharing * targets.length) / subscribers.length
    for (const [at, member] of subscribers.entries()) {
      const wanted = Math.ceil(average * (at + 1)) - Math.ceil(average * at)
      this.#subscribers.set(member, { wanted, held: new Set() })
    }
  }

  /** Adds partitions that a member has so far, in the order of Kafka's set. */
  hold(member: number, topicId: Uuid, partitions: readonly number[]): void {
    let subscriber = this.#subscribers.get(member)
    if (subscriber === undefined) {
      // A member that does not subscribe any more loses all partitions.
      this.#subscribers.set(member, (subscriber = { wanted: 0, held: new Set() }))
    }
    for (const partition of partitions) {
      const shared = this.#shared({ topicId, partition })
      shared.holders.add(member)
      shared.mostHolders = Math.max(shared.mostHolders, shared.holders.size)
      subscriber.held.add(shared)
    }
  }

  /** Revokes what members or partitions have too much, and fills those that have too little. */
  share(): void {
    for (const [member, { wanted, held }] of this.#subscribers) {
      if (held.size <= wanted) continue
      const revoked = inHashMapOrder([...held], this.#hashOf).slice(0, held.size - wanted)
      for (const shared of revoked) this.#take(shared, member)
    }
    for (const shared of this.#partitions) {
      const excess = shared.holders.size - this.#sharing
      if (excess <= 0) continue
      for (const member of holdersInOrder(shared).slice(0, excess)) this.#take(shared, member)
    }
    for (const target of this.#targets) this.#shared(target)
    this.#fill()
  }

  /** Returns each member's partitions. */
  *holdings(): Iterable<[number, TopicPartition]> {
    for (const [member, { held }] of this.#subscribers) {
      for (const shared of held) yield [member, shared]
    }
  }

  /**
   * Gives partitions that have too few members to members that have too few partitions. As in
   * Kafka, a member that gets the same partition twice counts twice for the partition.
   */
  #fill(): void {
    const unfilled = new Unfilled(this.#subscribers)
    const initial = bucketCount(Math.trunc((this.#targets.length + 1) / 0.75 + 1))
    // Kafka's `computeIfAbsent` puts a new key before the others of its bucket.
    const ordered = inHashMapOrder(this.#partitions.toReversed(), this.#hashOf, initial)
    for (const shared of ordered) {
      let missing = this.#sharing - shared.holders.size
      while (missing > 0) {
        const member = unfilled.next()
        if (member === undefined) break
        if (shared.holders.has(member)) continue
        this.#subscribers.get(member)!.held.add(shared)
        unfilled.served()
        missing--
      }
      if (unfilled.isEmpty) return
    }
  }

  #shared({ topicId, partition }: TopicPartition): Shared {
    let ofTopic = this.#byTopic.get(topicId)
    if (ofTopic === undefined) this.#byTopic.set(topicId, (ofTopic = new Map()))
    let shared = ofTopic.get(partition)
    if (shared === undefined) {
      shared = { topicId, partition, holders: new Set(), mostHolders: 0 }
      ofTopic.set(partition, shared)
      this.#partitions.push(shared)
    }
    return shared
  }

  #take(shared: Shared, member: number): void {
    shared.holders.delete(member)
    this.#subscribers.get(member)!.held.delete(shared)
  }
}

/** Returns the holders in the order of a Java `HashSet`, which never shrinks. */
function holdersInOrder({ holders, mostHolders }: Shared): number[] {
  let capacity = 16
  while (mostHolders > capacity * 0.75) capacity *= 2
  return inHashMapOrder([...holders], (member) => member, capacity)
}

/** The members that have too few partitions, in turn. */
class Unfilled {
  readonly #subscribers: ReadonlyMap<number, Subscriber>
  #members: number[]
  #next = 0
  #hasServed = false

  constructor(subscribers: ReadonlyMap<number, Subscriber>) {
    this.#subscribers = subscribers
    this.#members = [...subscribers.keys()].filter((m) => this.#isUnfilled(m)).toSorted(ascending)
  }

  get isEmpty(): boolean {
    return this.#members.every((member) => !this.#isUnfilled(member))
  }

  /**
   * Returns the next member. Returns undefined, now and later, if a whole round served no member.
   */
  next(): number | undefined {
    if (this.#next === this.#members.length) {
      if (!this.#hasServed) return undefined
      this.#members = this.#members.filter((member) => this.#isUnfilled(member))
      this.#next = 0
      this.#hasServed = false
    }
    return this.#members[this.#next++]
  }

  /** Marks the round as one that has served a member. */
  served(): void {
    this.#hasServed = true
  }

  #isUnfilled(member: number): boolean {
    const { wanted, held } = this.#subscribers.get(member)!
    return held.size < wanted
  }
}

function ascending(a: number, b: number): number {
  return a - b
}
