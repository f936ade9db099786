import { ClientError } from '../client-error.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'

/** The position of a consumer in a partition. */
export interface Position {
  /** The next offset to read. */
  readonly offset: number
  /** The leader epoch of the record before it; -1 if unknown. */
  readonly leaderEpoch: number
}

/** A partition that a consumer reads. */
export interface AssignedPartition extends TopicPartition {
  /** `undefined` until it is known. */
  position: Position | undefined
  /**
   * Set if the position must be found by a timestamp or an `OffsetSpec`, for example after
   * `seekToEnd`.
   */
  resetTimestamp: number | undefined
  /** The leader epoch for which the position was last checked for truncation; -1 before. */
  validatedEpoch: number
  isPaused: boolean
  /** The value of the last response; `undefined` before. */
  highWatermark: number | undefined
  lastStableOffset: number | undefined
  /** The time from which it may be fetched again after an error. */
  retryAtMs: number
}

/** The partitions that a consumer reads, by assignment of its group or by its own choice. */
export class AssignedPartitions {
  #partitions = new Map<string, AssignedPartition>()

  get size(): number {
    return this.#partitions.size
  }

  [Symbol.iterator](): IterableIterator<AssignedPartition> {
    return this.#partitions.values()
  }

  find(partition: TopicPartition): AssignedPartition | undefined {
    return this.#partitions.get(nameOf(partition))
  }

  /**
   * Returns a partition.
   *
   * @throws ClientError `INVALID_ARGUMENT` if the partition is not assigned to this consumer
   */
  get(partition: TopicPartition): AssignedPartition {
    const found = this.find(partition)
    if (found !== undefined) return found
    const message = `partition ${nameOf(partition)} is not assigned to this consumer`
    throw new ClientError('INVALID_ARGUMENT', message)
  }

  /**
   * Whether this is still the state of its partition. It is not after the partition was revoked,
   * even if it was assigned again.
   */
  isCurrent(partition: AssignedPartition): boolean {
    return this.find(partition) === partition
  }

  /** Replaces the assignment. Partitions that stay keep their positions. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#partitions = new Map(
      partitions.map(({ topic, partition }) => {
        const name = nameOf({ topic, partition })
        return [name, this.#partitions.get(name) ?? newPartition(topic, partition)]
      }),
    )
  }
}

function newPartition(topic: string, partition: number): AssignedPartition {
  return {
    topic,
    partition,
    position: undefined,
    resetTimestamp: undefined,
    validatedEpoch: -1,
    isPaused: false,
    highWatermark: undefined,
    lastStableOffset: undefined,
    retryAtMs: 0,
  }
}
