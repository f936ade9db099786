import { ErrorCode } from '../protocol/error-code.ts'
import { ZERO_UUID, type Uuid } from '../platform/uuid.ts'

/**
 * A partition in a Fetch request, with what its session remembers of the last response (KIP-227).
 */
export interface FetchTarget {
  /** Undefined if no topic has the id. */
  topic: string | undefined
  topicId: Uuid
  partition: number
  currentLeaderEpoch: number
  fetchOffset: number
  lastFetchedEpoch: number
  /** The log start offset of a follower. */
  logStartOffset: number
  /** The high watermark that a follower knows. */
  highWatermark: number
  maxBytes: number
}

/** The fields of a partition in a response that a session compares with the last response. */
export interface FetchedPartition {
  errorCode: ErrorCode
  highWatermark: number
  logStartOffset: number
  sizeInBytes: number
  hasDivergingEpoch: boolean
  /** Whether the answer names a follower to read from. */
  hasPreferredReplica: boolean
}

interface CachedPartition extends FetchTarget {
  /** The offsets of the last answer. */
  toldHighWatermark: number
  toldLogStartOffset: number
}

/** The session id of a fetch without a session. */
export const NO_SESSION_ID = 0

/** The epoch of a request that opens a session. */
export const INITIAL_EPOCH = 0

/** The epoch of a request that uses no session, and closes the one that it names. */
export const FINAL_EPOCH = -1

/**
 * An incremental fetch session (KIP-227): the partitions that a consumer fetches. Requests contain
 * only changes.
 */
export class FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  /** The epoch that the next request must have. */
  epoch = INITIAL_EPOCH + 1
  lastUsedMs: number
  readonly createdMs: number
  /**
   * In the order in which they are served. A partition that had data moves to the end, so that no
   * other one starves.
   */
  readonly #partitions = new Map<string, CachedPartition>()

  constructor(id: number, usesTopicIds: boolean, nowMs: number) {
    this.id = id
    this.usesTopicIds = usesTopicIds
    this.createdMs = nowMs
    this.lastUsedMs = nowMs
  }

  get size(): number {
    return this.#partitions.size
  }

  targets(): FetchTarget[] {
    return [...this.#partitions.values()]
  }

  /** Adds or changes the partitions of a request. The values of the last response are kept. */
  update(targets: readonly FetchTarget[]): void {
    for (const target of targets) {
      const key = keyOf(target)
      const cached = this.#partitions.get(key)
      if (cached === undefined) {
        this.#partitions.set(key, {
          ...target,
          toldHighWatermark: -1,
          toldLogStartOffset: -1,
        })
      } else {
        Object.assign(cached, target)
      }
    }
  }

  forget(topicId: Uuid, topic: string | undefined, partition: number): void {
    this.#partitions.delete(keyOf({ topicId, topic, partition }))
  }

  /**
   * Whether the response to an incremental fetch has to contain the partition. Remembers its
   * values.
   */
  noteAnswer(target: FetchTarget, answer: FetchedPartition): boolean {
    const key = keyOf(target)
    const cached = this.#partitions.get(key)
    if (cached === undefined) return true
    const isNews =
      answer.sizeInBytes > 0 ||
      answer.errorCode !== ErrorCode.None ||
      answer.hasDivergingEpoch ||
      answer.hasPreferredReplica ||
      answer.highWatermark !== cached.toldHighWatermark ||
      answer.logStartOffset !== cached.toldLogStartOffset
    // After an error, the next successful response always contains the partition.
    cached.toldHighWatermark = answer.errorCode === ErrorCode.None ? answer.highWatermark : -1
    cached.toldLogStartOffset = answer.logStartOffset
    cached.highWatermark = answer.highWatermark
    if (answer.sizeInBytes > 0) {
      this.#partitions.delete(key)
      this.#partitions.set(key, cached)
    }
    return isNews
  }

  advanceEpoch(): void {
    this.epoch = this.epoch === 2 ** 31 - 1 ? 1 : this.epoch + 1
  }
}

/** Returns the key of a partition in a fetch. If topics have ids, names are ignored. */
export function keyOf({
  topicId,
  topic,
  partition,
}: Pick<FetchTarget, 'topicId' | 'topic' | 'partition'>): string {
  return `${topicId === ZERO_UUID ? topic : topicId}/${partition}`
}
