import { ErrorCode } from '../../protocol/error-code.ts'
import { keyOf, type TopicIdPartition } from './share-partition-id.ts'

/** The epoch of a request that starts a session. */
export const INITIAL_EPOCH = 0

/** The epoch of a request that ends its session. */
export const FINAL_EPOCH = -1

const MAX_EPOCH = 0x7fffffff

/** A partition of a request. The topic is unknown if the broker has none with this id. */
export interface RequestedPartition extends Omit<TopicIdPartition, 'topic'> {
  readonly topic: string | undefined
}

/** A partition of a session. */
interface SessionPartition {
  readonly requested: RequestedPartition
  /** Whether the next response has to contain the partition, even without records. */
  mustAnswer: boolean
}

/**
 * The partitions that a member of a share group fetches from this broker (Kafka's `ShareSession`).
 * A request contains only the changes.
 */
export class ShareSession {
  readonly groupId: string
  readonly memberId: string
  readonly connectionId: string
  readonly #partitions = new Map<string, SessionPartition>()
  #epoch = INITIAL_EPOCH + 1

  constructor(
    owner: { groupId: string; memberId: string; connectionId: string },
    partitions: readonly RequestedPartition[],
  ) {
    this.groupId = owner.groupId
    this.memberId = owner.memberId
    this.connectionId = owner.connectionId
    for (const requested of partitions) {
      this.#partitions.set(keyOf(requested), { requested, mustAnswer: false })
    }
  }

  /** The epoch of the next request. */
  get epoch(): number {
    return this.#epoch
  }

  /** Returns the partitions. Those that were answered with records are last. */
  partitions(): RequestedPartition[] {
    return Array.from(this.#partitions.values(), ({ requested }) => requested)
  }

  advanceEpoch(): void {
    this.#epoch = nextEpoch(this.#epoch)
  }

  update(added: readonly RequestedPartition[], forgotten: readonly RequestedPartition[]): void {
    for (const requested of added) {
      const key = keyOf(requested)
      if (!this.#partitions.has(key)) this.#partitions.set(key, { requested, mustAnswer: true })
    }
    for (const requested of forgotten) this.#partitions.delete(keyOf(requested))
  }

  /** Notes the answer for a partition. Returns whether the response has to contain it. */
  noteAnswer(
    partition: RequestedPartition,
    answer: { readonly errorCode: number; readonly hasRecords: boolean },
  ): boolean {
    const key = keyOf(partition)
    const cached = this.#partitions.get(key)
    if (cached === undefined) return true
    const isError = answer.errorCode !== ErrorCode.None
    const mustAnswer = answer.hasRecords || cached.mustAnswer || isError
    cached.mustAnswer = isError
    if (answer.hasRecords) {
      this.#partitions.delete(key)
      this.#partitions.set(key, cached)
    }
    return mustAnswer
  }
}

/** Returns the epoch after `epoch` (Kafka's `ShareRequestMetadata.nextEpoch`). */
export function nextEpoch(epoch: number): number {
  if (epoch < 0) return FINAL_EPOCH
  return epoch === MAX_EPOCH ? 1 : epoch + 1
}
