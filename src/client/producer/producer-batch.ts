import { encodeBatch, type RecordInput } from '../../record/batch-encoder.ts'
import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import type { CompressionType } from '../../record/compression-type.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { Delivery } from './delivery.ts'
import { addToSequence } from './sequence.ts'

/** The sequence of a batch of a producer. */
export interface BatchSequence {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/** Records of one partition that are sent and acknowledged together. */
export class ProducerBatch implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** `topic-partition`. */
  readonly name: string
  readonly createdMs: number
  /** Grows with each batch of a producer. */
  readonly number: number
  readonly records: RecordInput[] = []
  readonly #deliveries: Delivery[] = []
  /** The place of each record in its delivery. */
  readonly #indexes: number[] = []
  readonly #sizes: number[] = []
  /** The maximum size, before compression. */
  sizeBytes = BATCH_OVERHEAD
  /** The number of sends. */
  attempts = 0
  /** The time from which it may be sent again. */
  retryAtMs = 0
  /** Whether its sequence was changed after it was sent. */
  wasResequenced = false
  /** `undefined` until an idempotent producer sends it. */
  sequence: BatchSequence | undefined

  constructor({ topic, partition }: TopicPartition, createdMs: number, number: number) {
    this.topic = topic
    this.partition = partition
    this.name = nameOf({ topic, partition })
    this.createdMs = createdMs
    this.number = number
  }

  /** @param index the place of the record in its delivery */
  add(record: RecordInput, sizeBytes: number, delivery: Delivery, index: number): void {
    this.records.push(record)
    this.#sizes.push(sizeBytes)
    this.#deliveries.push(delivery)
    this.#indexes.push(index)
    this.sizeBytes += sizeBytes
  }

  encode(compression: CompressionType, isTransactional: boolean): Uint8Array {
    return encodeBatch(this.records, { compression, isTransactional, ...this.sequence })
  }

  /**
   * @param baseOffset -1 when it is not known
   * @param logAppendTimeMs -1 unless the topic has `LogAppendTime`
   */
  acknowledge(baseOffset: number, logAppendTimeMs: number): void {
    const { topic, partition } = this
    for (const [i, delivery] of this.#deliveries.entries()) {
      const offset = baseOffset < 0 ? -1 : baseOffset + i
      const timestamp = logAppendTimeMs < 0 ? this.records[i]!.timestamp! : logAppendTimeMs
      delivery.acknowledge(this.#indexes[i]!, { topic, partition, offset, timestamp })
    }
  }

  fail(error: Error): void {
    for (const delivery of this.#deliveries) delivery.fail(error)
  }

  /**
   * Returns two batches with the records of one that is too large for the broker. Their sequences
   * are consecutive.
   */
  split(): ProducerBatch[] {
    const middle = this.records.length >> 1
    const ranges: [number, number][] = [
      [0, middle],
      [middle, this.records.length],
    ]
    return ranges.map(([start, end]) => {
      const half = new ProducerBatch(this, this.createdMs, this.number)
      for (let i = start; i < end; i++)
        half.add(this.records[i]!, this.#sizes[i]!, this.#deliveries[i]!, this.#indexes[i]!)
      if (this.sequence !== undefined) {
        const baseSequence = addToSequence(this.sequence.baseSequence, start)
        half.sequence = { ...this.sequence, baseSequence }
      }
      return half
    })
  }
}
