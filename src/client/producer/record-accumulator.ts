import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import type { RecordInput } from '../../record/batch-encoder.ts'
import { ProducerBatch, type DeliveryListener } from './producer-batch.ts'
import type { TopicPartition } from '../topic-partition.ts'

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
  /** The largest size of all records without an outcome, those that are being sent included. */
  #bufferedBytes = 0

  constructor(options: AccumulatorOptions) {
    this.#options = options
  }

  /** The queues that are not empty. */
  *queues(): Generator<readonly [ProducerBatch, ...ProducerBatch[]], void, undefined> {
    for (const queue of this.#queues.values())
      if (queue.length > 0) yield queue as [ProducerBatch, ...ProducerBatch[]]
  }

  /** Resolves when every record that was added before has its outcome. */
  async flushed(): Promise<void> {
    const end = this.#nextNumber
    while ([...this.#unfinished].some(({ number }) => number < end)) await this.spaceFreed()
  }

  /** Whether a record has to wait for space. One that is larger than the buffer has it to itself. */
  isFull(sizeBytes: number): boolean {
    return this.#bufferedBytes > 0 && this.#bufferedBytes + sizeBytes > this.#options.bufferBytes
  }

  /** Resolves when some record has its outcome. */
  spaceFreed(): Promise<void> {
    return new Promise((resolve) => this.#spaceWaiters.push(resolve))
  }

  /** Adds a record to the last batch of its partition, or to a new one. */
  append(
    partition: TopicPartition & { readonly name: string },
    record: RecordInput,
    sizeBytes: number,
    nowMs: number,
    listener: DeliveryListener,
  ): void {
    const queue = this.#queueOf(partition.name)
    let batch = queue.at(-1)
    if (batch === undefined || !this.#hasRoom(batch, sizeBytes)) {
      batch = new ProducerBatch(partition, nowMs, this.#nextNumber++)
      this.#unfinished.add(batch)
      queue.push(batch)
    }
    batch.add(record, sizeBytes, listener)
    this.#bufferedBytes += sizeBytes
  }

  /** Whether nothing can be added to a batch any more. */
  isComplete(batch: ProducerBatch, queueLength: number): boolean {
    return queueLength > 1 || batch.attempts > 0 || batch.sizeBytes >= this.#options.batchBytes
  }

  /** Takes the first batch of a partition to be sent. */
  take(batch: ProducerBatch): void {
    this.#queues.get(batch.name)!.shift()
  }

  /** Puts a batch back to be sent again: before those of later sequences and those that were not sent yet. */
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

  /** Replaces a batch by those that it was split into, which are sent next. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    this.#unfinished.delete(batch)
    for (const part of parts) this.#unfinished.add(part)
    this.putBack(...parts)
  }

  /** Gives back the space of a batch that has its outcome. */
  release(batch: ProducerBatch): void {
    this.#unfinished.delete(batch)
    this.#bufferedBytes -= batch.sizeBytes - BATCH_OVERHEAD
    for (const resolve of this.#spaceWaiters.splice(0)) resolve()
  }

  /** Takes all waiting batches for which the predicate holds. */
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
    // One that was sent keeps its records over its retries.
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
