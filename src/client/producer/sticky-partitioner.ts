import type { Random } from '../../platform/random.ts'
import { partitionForKey } from './murmur2.ts'

interface StickyPartition {
  partition: number
  producedBytes: number
}

/**
 * Chooses partitions like Kafka's `BuiltInPartitioner`: records with a key by the hash of the key,
 * others batch by batch at random (KIP-794).
 */
export class StickyPartitioner {
  readonly #random: Random
  readonly #batchBytes: number
  readonly #sticky = new Map<string, StickyPartition>()

  constructor(random: Random, batchBytes: number) {
    this.#random = random
    this.#batchBytes = batchBytes
  }

  /**
   * Returns the partition of a record.
   *
   * @param available the partitions that have a leader, for records without a key; if there are
   * none, all are used
   */
  partition(
    topic: string,
    key: Uint8Array | null | undefined,
    sizeBytes: number,
    partitionCount: number,
    available: readonly number[],
  ): number {
    if (key != null) return partitionForKey(key, partitionCount)
    let sticky = this.#sticky.get(topic)
    if (sticky === undefined || sticky.producedBytes >= this.#batchBytes) {
      const partition =
        available.length > 0
          ? available[this.#random.int(available.length)]!
          : this.#random.int(partitionCount)
      sticky = { partition, producedBytes: 0 }
      this.#sticky.set(topic, sticky)
    }
    sticky.producedBytes += sizeBytes
    return sticky.partition
  }
}
