import type { Broker } from '../broker/broker.ts'
import { readOnlyMessage } from '../broker/read-only-topic.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import { CleaningAborted } from '../log/cleaner/cleaning-aborted.ts'
import type { Log } from '../log/log.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import type { CompactionResult, RetentionResult, Topic, TopicPartition } from './topic.ts'

/** Finds the logs of a cluster. */
export interface ClusterLogs {
  readonly image: MetadataImage
  /** The brokers that run. */
  readonly running: readonly Broker[]
}

/** A topic, identified by its name. Each method looks up the topic when it is called. */
export class TopicHandle implements Topic {
  readonly name: string
  readonly #logs: ClusterLogs

  /** @throws OdradekError `UNKNOWN_TOPIC` */
  constructor(name: string, logs: ClusterLogs) {
    this.name = name
    this.#logs = logs
    partitionCount(name, logs)
  }

  get partitions(): readonly TopicPartition[] {
    return Array.from(
      { length: partitionCount(this.name, this.#logs) },
      (_, partition) => new PartitionHandle(this.name, partition, this.#logs),
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

class PartitionHandle implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly #logs: ClusterLogs

  constructor(topic: string, partition: number, logs: ClusterLogs) {
    this.topic = topic
    this.partition = partition
    this.#logs = logs
  }

  async roll(): Promise<boolean> {
    const { log } = this.#led()
    const hasRolled = log.files.roll()
    this.#checkOpen(log)
    return hasRolled
  }

  async applyRetention(): Promise<RetentionResult> {
    const { log } = this.#led()
    // Kafka removes the rest of the active segment after a DeleteRecords when another segment
    // follows it.
    if (log.logStartOffset === log.logEndOffset) log.files.roll()
    const removed = log.files.deleteOldSegments()
    this.#checkOpen(log)
    return removed
  }

  async compact(): Promise<CompactionResult> {
    const { log, broker } = this.#led()
    if (!log.config.cleanupPolicy.compact) {
      throw new OdradekError(
        'NOT_COMPACTED',
        broker.readOnlyTopics.has(this.topic)
          ? readOnlyMessage(this.topic)
          : `Topic '${this.topic}' is not compacted: set its cleanup.policy to 'compact' or 'compact,delete'`,
      )
    }
    log.files.roll()
    const cleaned = await broker.services.logs.cleaner
      .cleanNow(log, 'everything')
      .catch((error: unknown) => {
        this.#checkOpen(log, error)
        throw new OdradekError(
          'CORRUPT_LOG',
          `${this.topic}-${this.partition} cannot be compacted: ${String(error)}. To see the damage, run: odradek dump --verify ${log.directory}`,
          { cause: error },
        )
      })
    this.#checkOpen(log)
    return {
      records: cleaned.recordsRead - cleaned.recordsWritten,
      segments: cleaned.segmentsRead - cleaned.segmentsWritten,
      // A delete horizon may add more bytes than were removed.
      sizeInBytes: Math.max(0, cleaned.bytesRead - cleaned.bytesWritten),
    }
  }

  /** Returns the broker that leads the partition, and its log. */
  #led(): { log: Log; broker: Broker } {
    const { image, running } = this.#logs
    partitionCount(this.topic, this.#logs)
    const leader = image.partition(this.topic, this.partition)?.leader
    const broker = running.find(({ id }) => id === leader)
    const log = broker?.services.logs.get(this.topic, this.partition)
    if (broker === undefined || log === undefined) throw this.#unavailable()
    this.#checkOpen(log)
    return { log, broker }
  }

  /**
   * A log whose disk fails during the call, or that is closed, may have done only a part of the
   * work.
   */
  #checkOpen(log: Log, cause?: unknown): void {
    if (!log.isOpen || cause instanceof CleaningAborted) throw this.#unavailable(cause)
  }

  #unavailable(cause?: unknown): OdradekError {
    return new OdradekError(
      'PARTITION_UNAVAILABLE',
      `No broker leads ${this.topic}-${this.partition}: its log directory is offline, or the broker is closed. The log has the reason`,
      { cause },
    )
  }
}

/** @throws OdradekError `UNKNOWN_PARTITION` */
export function checkPartition(topic: string, partition: number, total: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < total) return
  throw new OdradekError(
    'UNKNOWN_PARTITION',
    `Topic '${topic}' has no partition ${partition}: it has ${total}, numbered from 0`,
  )
}

/**
 * Returns the number of partitions of a topic.
 *
 * @throws OdradekError `UNKNOWN_TOPIC`
 */
export function partitionCount(topic: string, { image }: Pick<ClusterLogs, 'image'>): number {
  const found = image.topics.get(topic)
  if (found !== undefined) return found.partitions.length
  const known = [...image.topics.keys()].sort().join(', ')
  throw new OdradekError(
    'UNKNOWN_TOPIC',
    `There is no topic '${topic}'${known === '' ? '' : `. The topics are ${known}`}`,
  )
}
