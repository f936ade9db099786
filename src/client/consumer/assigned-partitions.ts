import { ClientError } from '../client-error.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'

/** Where a consumer stands in a partition. */
export interface Position {
  /** The next offset to read. */
  readonly offset: number
  /** The leader epoch of the record before it; -1 when it is not known. */
  readonly leaderEpoch: number
}

/** A partition that a consumer reads. */
export interface AssignedPartition extends TopicPartition {
  /** `undefined` until it was found out. */
  position: Position | undefined
  /** Set when the position has to be found by a timestamp or an `OffsetSpec`, such as after `seekToEnd`. */
  resetTimestamp: number | undefined
  isPaused: boolean
  /** As of the last response; `undefined` before. */
  highWatermark: number | undefined
  lastStableOffset: number | undefined
  /** When it may be fetched again after an error. */
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

  /** @throws ClientError `INVALID_ARGUMENT` when the partition is not assigned to this consumer */
  get(partition: TopicPartition): AssignedPartition {
    const found = this.find(partition)
    if (found !== undefined) return found
    const message = `partition ${nameOf(partition)} is not assigned to this consumer`
    throw new ClientError('INVALID_ARGUMENT', message)
  }

  /** Whether this state is still the one of its partition: not after the partition was taken away, even if it came back. */
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
    isPaused: false,
    highWatermark: undefined,
    lastStableOffset: undefined,
    retryAtMs: 0,
  }
}
