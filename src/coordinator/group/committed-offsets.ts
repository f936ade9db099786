import type { Uuid } from '../../platform/uuid.ts'

/** What a group committed for one partition (Kafka's `OffsetAndMetadata`). Times in milliseconds since the epoch. */
export interface CommittedOffset {
  readonly offset: number
  /** Of the last record consumed; -1 when the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** When it expires, if the client said (OffsetCommit before version 5); otherwise -1. */
  readonly expireTimestampMs: number
  /** Of the topic at the time of the commit; `ZERO_UUID` when not known. */
  readonly topicId: Uuid
}

/** Offsets by topic name, then by partition. */
export type OffsetsByTopic = ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>>

const NO_OFFSETS: OffsetsByTopic = new Map()

/** The committed offsets of the groups in one partition of `__consumer_offsets`. */
export class CommittedOffsets {
  readonly #groups = new Map<string, Map<string, Map<number, CommittedOffset>>>()

  ofGroup(groupId: string): OffsetsByTopic {
    return this.#groups.get(groupId) ?? NO_OFFSETS
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  put(groupId: string, topic: string, partition: number, committed: CommittedOffset): void {
    let topics = this.#groups.get(groupId)
    if (topics === undefined) this.#groups.set(groupId, (topics = new Map()))
    let partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, (partitions = new Map()))
    partitions.set(partition, committed)
  }

  delete(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId)
    const partitions = topics?.get(topic)
    if (!partitions?.delete(partition)) return
    if (partitions.size === 0) topics!.delete(topic)
    if (topics!.size === 0) this.#groups.delete(groupId)
  }

  deleteGroup(groupId: string): void {
    this.#groups.delete(groupId)
  }
}
