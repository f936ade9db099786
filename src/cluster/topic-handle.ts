import type { Nodes } from './nodes.ts'
import { PartitionHandle } from './partition-handle.ts'
import { checkPartition, partitionCount } from './topic-lookup.ts'
import type { CompactionResult, RetentionResult, Topic, TopicPartition } from './topic.ts'

/** A topic, identified by its name. Each method looks up the topic when it is called. */
export class TopicHandle implements Topic {
  readonly name: string
  readonly #nodes: Nodes

  /** @throws OdradekError `UNKNOWN_TOPIC` */
  constructor(name: string, nodes: Nodes) {
    this.name = name
    this.#nodes = nodes
    partitionCount(name, nodes)
  }

  get partitions(): readonly TopicPartition[] {
    return Array.from(
      { length: partitionCount(this.name, this.#nodes) },
      (_, partition) => new PartitionHandle(this.name, partition, this.#nodes),
    )
  }

  partition(partition: number): TopicPartition {
    const { partitions } = this
    checkPartition(this.name, partition, partitions.length)
    return partitions[partition]!
  }

  async applyRetention(): Promise<RetentionResult> {
    const total = { segments: 0, sizeInBytes: 0 }
    for (const partition of this.partitions) {
      const { segments, sizeInBytes } = await partition.applyRetention()
      total.segments += segments
      total.sizeInBytes += sizeInBytes
    }
    return total
  }

  async compact(): Promise<CompactionResult> {
    const total = { records: 0, segments: 0, sizeInBytes: 0 }
    for (const partition of this.partitions) {
      const { records, segments, sizeInBytes } = await partition.compact()
      total.records += records
      total.segments += segments
      total.sizeInBytes += sizeInBytes
    }
    return total
  }
}
