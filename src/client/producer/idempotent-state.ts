import { invariant } from '../../platform/invariant.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ProducerBatch } from './producer-batch.ts'
import { addToSequence, isAfter } from './sequence.ts'

const MAX_EPOCH = 0x7fff
const NONE = -1

/** The sequence of one partition. */
interface PartitionSequence {
  producerId: number
  producerEpoch: number
  /** The sequence of the next new batch. */
  next: number
  /** The sequence of the last acknowledged record; -1 when there is none in this epoch. */
  lastAcknowledged: number
  /** The offset of the last acknowledged record; -1 when it is not known. */
  lastOffset: number
  /** Batches with a sequence that have no outcome yet, in the order of their sequences. */
  readonly unfinished: ProducerBatch[]
  /**
   * Where it is not known whether the broker has appended a batch: the sequence after that batch.
   */
  unresolved: number | undefined
}

/** The identity of a producer in its requests. */
export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

/** The broker's response for a batch. */
interface BatchResponse {
  readonly errorCode: number
  /** -1 when it is not known. */
  readonly logStartOffset: number
}

/**
 * Producer id, epoch and sequences of an idempotent producer (KIP-98, KIP-360). A batch keeps its
 * sequence over all its retries, so that the broker appends it once. If the producer cannot know
 * whether a batch was appended, it continues in a new epoch. A transactional producer cannot choose
 * its epoch: its transaction is aborted instead. Follows Kafka's `TransactionManager`.
 */
export class IdempotentState {
  readonly #isTransactional: boolean
  #producerId = NONE
  #producerEpoch = NONE
  readonly #partitions = new Map<string, PartitionSequence>()
  readonly #restarting = new Set<string>()

  constructor({ isTransactional = false } = {}) {
    this.#isTransactional = isTransactional
  }

  /** The current id and epoch; both are -1 before {@link initialize}. */
  get current(): ProducerIdAndEpoch {
    return { producerId: this.#producerId, producerEpoch: this.#producerEpoch }
  }

  /** Whether the sequence of a partition cannot continue in this epoch. */
  get needsEpoch(): boolean {
    return this.#restarting.size > 0
  }

  /** Whether InitProducerId must be sent. */
  get needsProducerId(): boolean {
    return this.#producerId === NONE
  }

  /** Adopts the response of InitProducerId. */
  initialize(producerId: number, producerEpoch: number): void {
    this.#producerId = producerId
    this.#producerEpoch = producerEpoch
  }

  /** Begins a new epoch after a transaction, when no batch is unfinished. */
  startEpoch({ producerId, producerEpoch }: ProducerIdAndEpoch): void {
    invariant(
      [...this.#partitions.values()].every(({ unfinished }) => unfinished.length === 0),
      'a new epoch begins after all batches have their results',
    )
    this.initialize(producerId, producerEpoch)
    this.#partitions.clear()
    this.#restarting.clear()
  }

  /** Whether a batch may be sent now without changing the order of its partition. */
  maySend(batch: ProducerBatch): boolean {
    const partition = this.#partitions.get(batch.name)
    if (partition === undefined) return true
    // A retried batch waits until those before it have their outcome.
    if (batch.sequence !== undefined) return partition.unfinished[0] === batch
    if (partition.unresolved !== undefined) return false
    // A broker that does not know the producer accepts any sequence as the first one (KIP-360).
    // Unlike Kafka's client, this one sends no second batch before the first is acknowledged:
    // otherwise the second batch could be appended although the first was refused.
    const isKnown = partition.lastAcknowledged !== NONE && !this.#isStale(partition)
    // While a batch is retried, no new one is sent: a broker detects duplicates only among the last
    // five batches.
    const isRetrying = partition.unfinished.some(({ attempts }) => attempts > 1)
    return (isKnown && !isRetrying) || partition.unfinished.length === 0
  }

  /** Gives a new batch the next sequence of its partition. A retried batch keeps its own. */
  assign(batch: ProducerBatch): void {
    if (batch.sequence !== undefined) return
    const partition = this.#partitionOf(batch)
    if (this.#isStale(partition)) this.#restart(partition)
    const { producerId, producerEpoch, next } = partition
    batch.sequence = { producerId, producerEpoch, baseSequence: next }
    partition.next = addToSequence(next, batch.records.length)
    partition.unfinished.push(batch)
  }

  /** Notes that the broker has appended a batch. */
  onAcknowledged(batch: ProducerBatch, baseOffset: number): void {
    const partition = this.#finish(batch)
    if (partition === undefined) return
    const last = addToSequence(batch.sequence!.baseSequence, batch.records.length - 1)
    if (isAfter(last, partition.lastAcknowledged)) partition.lastAcknowledged = last
    const lastOffset = baseOffset + batch.records.length - 1
    if (baseOffset >= 0 && lastOffset > partition.lastOffset) partition.lastOffset = lastOffset
    this.#resolve(batch.name, partition)
  }

  /**
   * Returns whether the same batch can be sent again. Prepares a new epoch if its sequence cannot
   * be correct.
   */
  mayRetry(batch: ProducerBatch, { errorCode, logStartOffset }: BatchResponse): boolean {
    const partition = this.#partitions.get(batch.name)
    if (partition === undefined || batch.sequence === undefined) return false
    if (errorCode === ErrorCode.UnknownProducerId) {
      // -1: the batch is sent again. If it was resequenced, the response is about the old sequence.
      if (logStartOffset === -1 || batch.wasResequenced) return true
      const isLost = partition.lastOffset < logStartOffset
      if (this.#isTransactional) {
        // The records before were deleted, so the sequence may begin again in the same epoch.
        if (isLost) this.#resequence(partition)
        return isLost
      }
      if (isLost || this.#isCurrent(batch)) this.#restarting.add(batch.name)
      return true
    }
    if (errorCode !== ErrorCode.OutOfOrderSequenceNumber) return false
    const isNext = batch.sequence.baseSequence === followingSequence(partition)
    const { unresolved } = partition
    // Out of order only because it arrived before an earlier batch, which is being retried.
    if (unresolved === undefined && (batch.wasResequenced || !isNext)) return true
    if (this.#isTransactional) return false
    if (unresolved === undefined || batch.sequence.baseSequence === unresolved)
      this.#restarting.add(batch.name)
    return true
  }

  /**
   * Notes that a batch has failed for good.
   *
   * @param wasAppended `false` when the broker refused it; `undefined` when that is not known, as
   * after a timeout
   */
  onFailed(batch: ProducerBatch, wasAppended: false | undefined): void {
    const partition = this.#finish(batch)
    if (partition === undefined || batch.sequence === undefined) return
    if (wasAppended === false) {
      this.#closeGap(batch, partition)
    } else {
      partition.unresolved = addToSequence(batch.sequence.baseSequence, batch.records.length)
      this.#resolve(batch.name, partition)
    }
  }

  /** Notes that the sequence of the partition cannot continue in this epoch. */
  restartPartition(batch: ProducerBatch): void {
    this.#restarting.add(batch.name)
  }

  /** Notes that the producer id cannot be used any more. */
  forgetProducerId(): void {
    this.#producerId = NONE
  }

  /** Replaces a batch by those that it was split into. */
  onSplit(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    const unfinished = this.#partitions.get(batch.name)?.unfinished
    const index = unfinished?.indexOf(batch) ?? -1
    if (index >= 0) unfinished!.splice(index, 1, ...parts)
  }

  /** Begins a new epoch where one is needed. Call it before batches are sent. */
  bumpEpochIfNeeded(): void {
    if (!this.needsEpoch || this.needsProducerId) return
    if (this.#producerEpoch === MAX_EPOCH) {
      this.forgetProducerId()
      return
    }
    this.#producerEpoch++
    for (const name of this.#restarting) {
      const partition = this.#partitions.get(name)
      if (partition !== undefined) this.#resequence(partition)
    }
    this.#restarting.clear()
  }

  /** Lowers the sequences of the batches after a refused one, so that none is missing. */
  #closeGap(batch: ProducerBatch, partition: PartitionSequence): void {
    const { length } = batch.records
    const isCurrent = this.#isCurrent(batch)
    if (!isCurrent || partition.producerEpoch !== batch.sequence!.producerEpoch) return
    partition.next -= length
    if (partition.next < 0) {
      this.#restarting.add(batch.name)
      return
    }
    for (const later of partition.unfinished) {
      const { baseSequence } = later.sequence!
      if (baseSequence < batch.sequence!.baseSequence) continue
      later.sequence = { ...later.sequence!, baseSequence: baseSequence - length }
      later.wasResequenced = true
    }
  }

  #resolve(name: string, partition: PartitionSequence): void {
    if (partition.unresolved === undefined || partition.unfinished.length > 0) return
    // Every batch has its outcome. If the last one was acknowledged, those before it were appended
    // too.
    if (partition.next !== followingSequence(partition)) this.#restarting.add(name)
    partition.unresolved = undefined
  }

  #resequence(partition: PartitionSequence): void {
    this.#restart(partition)
    for (const batch of partition.unfinished) {
      const { producerId, producerEpoch, next } = partition
      batch.sequence = { producerId, producerEpoch, baseSequence: next }
      batch.wasResequenced = true
      partition.next = addToSequence(next, batch.records.length)
    }
  }

  #restart(partition: PartitionSequence): void {
    partition.producerId = this.#producerId
    partition.producerEpoch = this.#producerEpoch
    partition.next = 0
    partition.lastAcknowledged = NONE
    partition.unresolved = undefined
  }

  #finish(batch: ProducerBatch): PartitionSequence | undefined {
    const partition = this.#partitions.get(batch.name)
    const index = partition?.unfinished.indexOf(batch) ?? -1
    if (index < 0) return undefined
    partition!.unfinished.splice(index, 1)
    return partition
  }

  #isStale({ producerId, producerEpoch }: PartitionSequence): boolean {
    return producerId !== this.#producerId || producerEpoch !== this.#producerEpoch
  }

  #isCurrent({ sequence }: ProducerBatch): boolean {
    return (
      sequence!.producerId === this.#producerId && sequence!.producerEpoch === this.#producerEpoch
    )
  }

  #partitionOf(batch: ProducerBatch): PartitionSequence {
    let partition = this.#partitions.get(batch.name)
    if (partition === undefined) {
      partition = {
        producerId: this.#producerId,
        producerEpoch: this.#producerEpoch,
        next: 0,
        lastAcknowledged: NONE,
        lastOffset: NONE,
        unfinished: [],
        unresolved: undefined,
      }
      this.#partitions.set(batch.name, partition)
    }
    return partition
  }
}

function followingSequence({ lastAcknowledged }: PartitionSequence): number {
  return lastAcknowledged === NONE ? 0 : addToSequence(lastAcknowledged, 1)
}
