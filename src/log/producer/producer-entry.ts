import { type BatchView } from '../../record/batch-view.ts'

/** The number of remembered batches, to answer retries. A client may have as many in flight. */
const REMEMBERED_BATCHES = 5

/** A batch that a producer appended (Kafka's `BatchMetadata`). */
export interface BatchMetadata {
  readonly lastSequence: number
  readonly lastOffset: number
  /** The difference between the last and the first offset, and so between the sequences. */
  readonly offsetDelta: number
  /** The largest timestamp. */
  readonly timestamp: number
}

/** The state of a producer that its last batches prove (Kafka's `LastRecord`). */
export interface LastRecord {
  /** Undefined if no batch is remembered. */
  readonly lastDataOffset: number | undefined
  readonly producerEpoch: number
}

/** The state of one producer (Kafka's `ProducerStateEntry`). */
export class ProducerEntry {
  readonly producerId: number
  producerEpoch = -1
  coordinatorEpoch = -1
  lastTimestamp = -1
  /** -1 when no transaction is open. */
  currentTxnFirstOffset = -1
  /** Oldest first. */
  batches: readonly BatchMetadata[] = []

  constructor(producerId: number) {
    this.producerId = producerId
  }

  get isEmpty(): boolean {
    return this.batches.length === 0
  }

  /** -1 when no batch is remembered. */
  get lastSequence(): number {
    return this.batches.at(-1)?.lastSequence ?? -1
  }

  get lastOffset(): number {
    return this.batches.at(-1)?.lastOffset ?? -1
  }

  clone(): ProducerEntry {
    const clone = new ProducerEntry(this.producerId)
    clone.producerEpoch = this.producerEpoch
    clone.coordinatorEpoch = this.coordinatorEpoch
    clone.lastTimestamp = this.lastTimestamp
    clone.currentTxnFirstOffset = this.currentTxnFirstOffset
    clone.batches = this.batches
    return clone
  }

  /** Returns the remembered batch that this one repeats. */
  findDuplicate(batch: BatchView): BatchMetadata | undefined {
    if (batch.producerEpoch !== this.producerEpoch) return undefined
    const { baseSequence, lastSequence } = batch
    return this.batches.find(
      (known) => known.lastSequence === lastSequence && firstSequenceOf(known) === baseSequence,
    )
  }

  addBatch(producerEpoch: number, batch: BatchMetadata): void {
    this.updateEpoch(producerEpoch)
    const kept = this.batches.slice(1 - REMEMBERED_BATCHES)
    kept.push(batch)
    this.batches = kept
    this.lastTimestamp = batch.timestamp
  }

  /** A new epoch begins with sequence 0 and without batches. */
  updateEpoch(producerEpoch: number): void {
    if (producerEpoch === this.producerEpoch) return
    this.producerEpoch = producerEpoch
    this.batches = []
  }
}

/** Sequences start again at 0 after 2^31 - 1. */
function firstSequenceOf({ lastSequence, offsetDelta }: BatchMetadata): number {
  const first = lastSequence - offsetDelta
  return first < 0 ? first + 2 ** 31 : first
}
