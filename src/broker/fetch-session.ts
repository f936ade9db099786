import { ErrorCode } from '../protocol/error-code.ts'
import { ZERO_UUID, type Uuid } from '../platform/uuid.ts'

/** What a Fetch request asks of one partition, and what its session remembers of the last answer (KIP-227). */
export interface FetchTarget {
  /** Undefined when no topic has the id. */
  topic: string | undefined
  topicId: Uuid
  partition: number
  currentLeaderEpoch: number
  fetchOffset: number
  lastFetchedEpoch: number
  maxBytes: number
}

/** What one partition of an answer says, as far as a session compares it with the answer before. */
export interface FetchedPartition {
  errorCode: ErrorCode
  highWatermark: number
  logStartOffset: number
  sizeInBytes: number
  hasDivergingEpoch: boolean
}

interface CachedPartition extends FetchTarget {
  highWatermark: number
  logStartOffset: number
}

/** The session id of a fetch that keeps no session. */
export const NO_SESSION_ID = 0

/** The epoch of a request that opens a session. */
export const INITIAL_EPOCH = 0

/** The epoch of a request that wants no session, and closes the one it names. */
export const FINAL_EPOCH = -1

/** An incremental fetch session (KIP-227): the partitions a consumer follows, so that requests name only what changed. */
export class FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  /** The epoch that the next request has to carry. */
  epoch = INITIAL_EPOCH + 1
  lastUsedMs: number
  readonly createdMs: number
  /** In the order in which they are served; one that had data goes to the end, so that none starves. */
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

  /** Takes in what a request adds or changes; values of the last answer stay. */
  update(targets: readonly FetchTarget[]): void {
    for (const target of targets) {
      const key = keyOf(target)
      const cached = this.#partitions.get(key)
      if (cached === undefined) {
        this.#partitions.set(key, { ...target, highWatermark: -1, logStartOffset: -1 })
      } else {
        Object.assign(cached, target)
      }
    }
  }

  forget(topicId: Uuid, topic: string | undefined, partition: number): void {
    this.#partitions.delete(keyOf({ topicId, topic, partition }))
  }

  /** Whether the answer to an incremental fetch has to name the partition; remembers what it says. */
  noteAnswer(target: FetchTarget, answer: FetchedPartition): boolean {
    const key = keyOf(target)
    const cached = this.#partitions.get(key)
    if (cached === undefined) return true
    const isNews =
      answer.sizeInBytes > 0 ||
      answer.errorCode !== ErrorCode.None ||
      answer.hasDivergingEpoch ||
      answer.highWatermark !== cached.highWatermark ||
      answer.logStartOffset !== cached.logStartOffset
    // After an error the next good answer is news in any case.
    cached.highWatermark = answer.errorCode === ErrorCode.None ? answer.highWatermark : -1
    cached.logStartOffset = answer.logStartOffset
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

/** What tells the partitions of a fetch apart; where there are ids, the name of a topic counts for nothing. */
export function keyOf({
  topicId,
  topic,
  partition,
}: Pick<FetchTarget, 'topicId' | 'topic' | 'partition'>): string {
  return `${topicId === ZERO_UUID ? topic : topicId}/${partition}`
}
