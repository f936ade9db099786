import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import type { RecordInput } from '../../record/batch-encoder.ts'
import type { Delivery } from './delivery.ts'
import { ProducerBatch } from './producer-batch.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'

interface AccumulatorOptions {
  readonly batchBytes: number
  readonly bufferBytes: number
}

/** Batches that wait to be sent, in a queue per partition (Kafka's `RecordAccumulator`). */
export class RecordAccumulator {
  readonly #options: AccumulatorOptions
  readonly #queues = new Map<string, ProducerBatch[]>()
  readonly #spaceWaiters: (() => void)[] = []
  readonly #unfinished = new Set<ProducerBatch>()
  #nextNumber = 0
  /**
   * The maximum total size of all records without a result, including those that are being sent.
   */
  #bufferedBytes = 0

  constructor(options: AccumulatorOptions) {
    this.#options = options
  }

  /** The queues that are not empty. */
  *queues(): Generator<readonly [ProducerBatch, ...ProducerBatch[]], void, undefined> {
    for (const queue of this.#queues.values())
      if (queue.length > 0) yield queue as [ProducerBatch, ...ProducerBatch[]]
  }

  /** Resolves when every record that was added before has its result. */
  async flushed(): Promise<void> {
    const end = this.#nextNumber
    while ([...this.#unfinished].some(({ number }) => number < end)) await this.spaceFreed()
  }

  /**
   * Whether a record has to wait for space. A record that is larger than the buffer must be alone
   * in it.
   */
  isFull(sizeBytes: number): boolean {
    return this.#bufferedBytes > 0 && this.#bufferedBytes + sizeBytes > this.#options.bufferBytes
  }

  /** Resolves when a record has its result. */
  spaceFreed(): Promise<void> {
    return new Promise((resolve) => this.#spaceWaiters.push(resolve))
  }

  /**
   * Adds a record to the last batch of its partition, or to a new one.
   *
   * @param index the place of the record in its delivery
   */
  append(
    partition: TopicPartition,
    record: RecordInput,
    sizeBytes: number,
    nowMs: number,
    delivery: Delivery,
    index: number,
  ): void {
    const queue = this.#queueOf(nameOf(partition))
    let batch = queue.at(-1)
    if (batch === undefined || !this.#hasRoom(batch, sizeBytes)) {
      batch = new ProducerBatch(partition, nowMs, this.#nextNumber++)
      this.#unfinished.add(batch)
      queue.push(batch)
    }
    batch.add(record, sizeBytes, delivery, index)
    this.#bufferedBytes += sizeBytes
  }

  /** Whether nothing can be added to a batch any more. */
  isComplete(batch: ProducerBatch, queueLength: number): boolean {
    return queueLength > 1 || batch.attempts > 0 || batch.sizeBytes >= this.#options.batchBytes
  }

  /** Removes the first batch of a partition, to send it. */
  take(batch: ProducerBatch): void {
    this.#queues.get(batch.name)!.shift()
  }

  /**
   * Puts a batch back to send it again: before batches with later sequences and batches that were
   * never sent.
   */
  putBack(...batches: readonly ProducerBatch[]): void {
    const queue = this.#queueOf(batches[0]!.name)
    const sequence = batches[0]!.sequence
    let index = 0
    if (sequence !== undefined) {
      const isEarlier = ({ sequence: other }: ProducerBatch): boolean =>
        other !== undefined && other.baseSequence < sequence.baseSequence
      while (index < queue.length && isEarlier(queue[index]!)) index++
    }
    queue.splice(index, 0, ...batches)
  }

  /** Replaces a batch by the parts that it was split into, which are sent next. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    this.#unfinished.delete(batch)
    for (const part of parts) this.#unfinished.add(part)
    this.putBack(...parts)
  }

  /** Releases the space of a batch that has its result. */
  release(batch: ProducerBatch): void {
    this.#unfinished.delete(batch)
    this.#bufferedBytes -= batch.sizeBytes - BATCH_OVERHEAD
    for (const resolve of this.#spaceWaiters.splice(0)) resolve()
  }

  /** Removes all waiting batches for which the predicate holds. */
  takeAll(predicate: (batch: ProducerBatch) => boolean): ProducerBatch[] {
    const taken: ProducerBatch[] = []
    for (const [name, queue] of this.#queues) {
      taken.push(...queue.filter((batch) => predicate(batch)))
      const rest = queue.filter((batch) => !taken.includes(batch))
      if (rest.length === 0) this.#queues.delete(name)
      else if (rest.length < queue.length) this.#queues.set(name, rest)
    }
    return taken
  }

  #hasRoom(batch: ProducerBatch, sizeBytes: number): boolean {
    // A batch that was sent keeps its records for its retries.
    if (batch.attempts > 0 || batch.sequence !== undefined) return false
    return batch.sizeBytes + sizeBytes <= this.#options.batchBytes
  }

  #queueOf(name: string): ProducerBatch[] {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      queue = []
      this.#queues.set(name, queue)
    }
    return queue
  }
}
