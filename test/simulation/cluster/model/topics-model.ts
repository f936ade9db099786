import { disagree } from '../../agree.ts'
import { Floor } from './floor.ts'
import { Lag } from './lag.ts'
import { PartitionModel, type Attempt } from './partition-model.ts'

/** A topic in a response to Metadata. */
export interface ListedTopic {
  readonly name: string | null
  readonly topicId: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly leaderEpoch: number }[]
}

/** A topic, from its creation to its deletion. */
export class TopicModel {
  readonly name: string
  readonly id: string
  /** The partitions that clients know of. */
  readonly partitions: PartitionModel[]
  readonly #newPartition: (index: number) => PartitionModel
  /** The number of partitions in responses. */
  readonly #count = new Floor()
  /** The largest number of partitions that a client has asked for. */
  #maxCount: number
  /**
   * Requests from this time on must find it. Undefined after a power failure that may have lost it.
   */
  createdAtMs: number | undefined
  deletionStartedAtMs: number | undefined
  /** The number of partitions in the last response. A power failure may have lost some. */
  listedCount = 0
  deletedAtMs: number | undefined

  constructor(
    { name, id }: { name: string; id: string },
    { partitions, nowMs }: { partitions: number; nowMs: number },
    newPartition: (index: number) => PartitionModel,
  ) {
    this.name = name
    this.id = id
    this.createdAtMs = nowMs
    this.#newPartition = newPartition
    this.partitions = Array.from({ length: partitions }, (_, index) => newPartition(index))
    this.#maxCount = partitions
  }

  /** Notes that a client asks for more partitions. */
  beginGrowth(count: number): void {
    this.#maxCount = Math.max(this.#maxCount, count)
  }

  /** Notes that the topic has a number of partitions now. */
  grown(count: number, nowMs: number): void {
    while (this.partitions.length < count) {
      this.partitions.push(this.#newPartition(this.partitions.length))
    }
    this.#count.raise(count, nowMs)
  }

  /** Checks the number of partitions in a response. */
  checkCount(count: number, least: number, nowMs: number): void {
    if (count < least || count > this.#maxCount) {
      disagree(`${this.name} has ${count} partitions instead of ${least} to ${this.#maxCount}`)
    }
    this.listedCount = count
    this.grown(count, nowMs)
  }

  /** Whether a request that is sent at the given time must find a partition. */
  hasPartition(index: number, sentAtMs: number): boolean {
    return this.isThere(sentAtMs) && index < this.leastCount(sentAtMs)
  }

  /** Handles a power failure that may have lost the last partitions. */
  onLoss(): void {
    this.#count.reset()
  }

  /** Returns the least number of partitions in the response to a request. */
  leastCount(sentAtMs: number): number {
    return this.#count.at(sentAtMs)
  }

  /** Whether a request that is sent at the given time must find it. */
  isThere(sentAtMs: number): boolean {
    return (
      this.createdAtMs !== undefined &&
      this.createdAtMs <= sentAtMs &&
      this.deletionStartedAtMs === undefined
    )
  }
}

/** Checks which topics exist. A creation or deletion without a response may have taken effect. */
export class TopicsModel {
  readonly topics = new Map<string, TopicModel>()
  readonly lag = new Lag()
  /** The topics in the last response to Metadata. */
  listed: readonly TopicModel[] = []
  /** The names of topics that clients tried to create. */
  readonly #begun = new Set<string>()
  readonly #internal = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state'])
  /** The records that clients sent to a partition by the name of its topic, such as `t0-1`. */
  readonly #attemptsByName = new Map<string, Map<string, Attempt>>()
  /** The largest number of partitions that a client has asked for, by the name of the topic. */
  readonly #growths = new Map<string, number>()
  readonly #compacted: string | undefined

  /** @param compacted the name of the topics that are compacted */
  constructor(compacted: string | undefined) {
    this.#compacted = compacted
  }

  beginCreation(name: string): void {
    this.#begun.add(name)
  }

  /** Notes that a client asks for more partitions of a topic with this name, now or later. */
  beginGrowth(name: string, count: number): void {
    this.#growths.set(name, Math.max(this.#growths.get(name) ?? 0, count))
    for (const topic of this.topics.values()) if (topic.name === name) topic.beginGrowth(count)
  }

  /** Notes that a broker knows the topic. */
  found(name: string, id: string, partitions: number, nowMs: number): TopicModel {
    const known = this.topics.get(id)
    if (known !== undefined) {
      known.createdAtMs ??= nowMs
      return known
    }
    if (!this.#begun.has(name)) disagree(`there is a topic ${name}, which nobody created`)
    const topic = new TopicModel({ name, id }, { partitions, nowMs }, (index) =>
      this.#newPartition(name, id, index),
    )
    topic.beginGrowth(this.#growths.get(name) ?? 0)
    this.topics.set(id, topic)
    return topic
  }

  #newPartition(name: string, id: string, index: number): PartitionModel {
    const key = `${name}-${index}`
    const attempts = this.#attemptsByName.get(key) ?? new Map<string, Attempt>()
    this.#attemptsByName.set(key, attempts)
    return new PartitionModel(`${key} (${id.slice(0, 4)})`, attempts, name === this.#compacted)
  }

  beginDeletion(id: string, nowMs: number): void {
    const topic = this.topics.get(id)
    if (topic !== undefined) topic.deletionStartedAtMs ??= nowMs
  }

  deleted(id: string, nowMs: number): void {
    const topic = this.topics.get(id)
    if (topic !== undefined) topic.deletedAtMs ??= nowMs
  }

  /**
   * Returns partitions such as `orders-0` with the ids of their topics. Those are omitted whose
   * topic may not be the only one of its name.
   */
  idsOf(partitions: readonly string[]): string[] {
    return partitions.flatMap((partition) => {
      const dash = partition.lastIndexOf('-')
      const name = partition.slice(0, dash)
      const [topic, ...others] = [...this.topics.values()].filter((each) => each.name === name)
      const isOnly = topic?.isThere(Infinity) === true && others.length === 0
      return isOnly ? [`${topic.id}${partition.slice(dash)}`] : []
    })
  }

  /** Whether a request that is sent at the given time must find a topic of this name. */
  mustHave(name: string, sentAtMs: number): boolean {
    return [...this.topics.values()].some((topic) => topic.name === name && topic.isThere(sentAtMs))
  }

  /** Whether a client ever asked for more partitions of a topic of this name. */
  hasGrown(name: string): boolean {
    return this.#growths.has(name)
  }

  /** Whether a client ever tried to delete a topic of this name. */
  wasDeleted(name: string): boolean {
    return [...this.topics.values()].some(
      (topic) => topic.name === name && topic.deletionStartedAtMs !== undefined,
    )
  }

  /** Checks a response to Metadata about all topics. */
  checkListed(
    listed: readonly ListedTopic[],
    { port, sentAtMs, nowMs }: { port: number; sentAtMs: number; nowMs: number },
  ): void {
    const isLagging = this.lag.isStale(port, sentAtMs)
    const found: TopicModel[] = []
    for (const { name, topicId, partitions } of listed) {
      if (name === null || this.#internal.has(name)) continue
      const topic = this.found(name, topicId, partitions.length, nowMs)
      found.push(topic)
      if (topic.deletedAtMs !== undefined && topic.deletedAtMs <= sentAtMs && !isLagging) {
        disagree(`${name} (${topicId}) is listed, and was deleted before`)
      }
      topic.checkCount(partitions.length, isLagging ? 1 : topic.leastCount(sentAtMs), nowMs)
      for (const { partitionIndex, leaderEpoch } of partitions) {
        topic.partitions[partitionIndex]!.checkLeaderEpoch(leaderEpoch, port, sentAtMs, nowMs)
      }
    }
    this.listed = found
    for (const topic of isLagging ? [] : this.topics.values()) {
      if (topic.isThere(sentAtMs) && !found.includes(topic)) {
        disagree(`${topic.name} (${topic.id}) is not listed, and was created before`)
      }
    }
  }

  /** After a start every partition is led in a new epoch. */
  onStarting(): void {
    for (const { partitions } of this.topics.values()) {
      for (const partition of partitions) partition.onStarting()
    }
  }

  onCrash(losesPower: boolean, losesAcknowledged: boolean, nowMs: number): void {
    for (const topic of this.topics.values()) {
      for (const partition of topic.partitions) {
        if (losesAcknowledged) partition.onLoss(nowMs)
        else partition.onCrash(losesPower, nowMs)
      }
      if (!losesAcknowledged) continue
      topic.onLoss()
      topic.createdAtMs = undefined
      topic.deletedAtMs = undefined
    }
  }
}
