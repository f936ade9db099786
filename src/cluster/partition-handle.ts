import type { Broker } from '../broker/broker.ts'
import { readOnlyMessage } from '../broker/read-only-topic.ts'
import { CleaningAborted } from '../log/cleaner/cleaning-aborted.ts'
import type { Log } from '../log/log.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import type { WaitOptions } from './wait-options.ts'
import type { Fault } from './network-faults.ts'
import type { Nodes } from './nodes.ts'
import { PartitionReplicas } from './partition-replicas.ts'
import { partitionCount } from './topic-lookup.ts'
import type { CompactionResult, RetentionResult, TopicPartition } from './topic.ts'

/** A partition of a topic, identified by its name. */
export class PartitionHandle implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly #nodes: Nodes
  readonly #replicas: PartitionReplicas

  constructor(topic: string, partition: number, nodes: Nodes) {
    this.topic = topic
    this.partition = partition
    this.#nodes = nodes
    this.#replicas = new PartitionReplicas(topic, partition, nodes)
  }

  get leader(): number | undefined {
    return this.#replicas.leader
  }

  get leaderEpoch(): number {
    return this.#replicas.registration.leaderEpoch
  }

  get replicas(): readonly number[] {
    return this.#replicas.registration.replicas
  }

  get isr(): readonly number[] {
    return this.#replicas.registration.isr
  }

  get highWatermark(): number | undefined {
    const { leader } = this.#replicas
    return leader === undefined ? undefined : this.#replicas.logs.get(leader)?.highWatermark
  }

  get logEndOffsets(): ReadonlyMap<number, number> {
    return new Map(Array.from(this.#replicas.logs, ([id, { logEndOffset }]) => [id, logEndOffset]))
  }

  inSync(options?: WaitOptions): Promise<void> {
    return this.#replicas.inSync(options)
  }

  moveLeader(brokerId: number, options?: WaitOptions): Promise<void> {
    return this.#replicas.moveLeader(brokerId, options)
  }

  setReplicas(brokerIds: readonly number[], options?: WaitOptions): Promise<void> {
    return this.#replicas.setReplicas(brokerIds, options)
  }

  shrinkIsr(brokerIds: readonly number[], options?: WaitOptions): Promise<Fault> {
    return this.#replicas.shrinkIsr(brokerIds, options)
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
    const { image, running } = this.#nodes
    partitionCount(this.topic, this.#nodes)
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
