import { disagree } from '../../agree.ts'
import { PartitionModel } from './partition-model.ts'

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
  readonly partitions: readonly PartitionModel[]
  /**
   * Requests from this time on must find it. Undefined after a power failure that may have lost it.
   */
  createdAtMs: number | undefined
  deletionStartedAtMs: number | undefined
  deletedAtMs: number | undefined

  constructor(name: string, id: string, partitions: number, createdAtMs: number) {
    this.name = name
    this.id = id
    this.createdAtMs = createdAtMs
    this.partitions = Array.from(
      { length: partitions },
      (_, index) => new PartitionModel(`${name}-${index} (${id.slice(0, 4)})`),
    )
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
  /** The topics in the last response to Metadata. */
  listed: readonly TopicModel[] = []
  /** The names of topics that clients tried to create. */
  readonly #begun = new Set<string>()
  readonly #internal = new Set(['__consumer_offsets', '__transaction_state'])

  beginCreation(name: string): void {
    this.#begun.add(name)
  }

  /** Notes that a broker knows the topic. */
  found(name: string, id: string, partitions: number, nowMs: number): TopicModel {
    const known = this.topics.get(id)
    if (known !== undefined) {
      known.createdAtMs ??= nowMs
      return known
    }
    if (!this.#begun.has(name)) disagree(`there is a topic ${name}, which nobody created`)
    const topic = new TopicModel(name, id, partitions, nowMs)
    this.topics.set(id, topic)
    return topic
  }

  beginDeletion(id: string, nowMs: number): void {
    const topic = this.topics.get(id)
    if (topic !== undefined) topic.deletionStartedAtMs ??= nowMs
  }

  deleted(id: string, nowMs: number): void {
    const topic = this.topics.get(id)
    if (topic !== undefined) topic.deletedAtMs ??= nowMs
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
    const found: TopicModel[] = []
    for (const { name, topicId, partitions } of listed) {
      if (name === null || this.#internal.has(name)) continue
      const topic = this.found(name, topicId, partitions.length, nowMs)
      found.push(topic)
      if (topic.deletedAtMs !== undefined && topic.deletedAtMs <= sentAtMs) {
        disagree(`${name} (${topicId}) is listed, and was deleted before`)
      }
      if (topic.partitions.length !== partitions.length) {
        disagree(
          `${name} has ${partitions.length} partitions in place of ${topic.partitions.length}`,
        )
      }
      for (const { partitionIndex, leaderEpoch } of partitions) {
        topic.partitions[partitionIndex]!.checkLeaderEpoch(leaderEpoch, port, sentAtMs, nowMs)
      }
    }
    this.listed = found
    for (const topic of this.topics.values()) {
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
      topic.createdAtMs = undefined
      topic.deletedAtMs = undefined
    }
  }
}
