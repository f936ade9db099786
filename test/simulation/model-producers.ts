import type { ModelBatch } from './model-batch.ts'

/** The expected state of one producer. */
export interface ModelProducer {
  producerEpoch: number
  lastSequence: number
  lastTimestamp: number
  coordinatorEpoch: number
  currentTxnStartOffset: number
  /** The last offset of its last batch of any kind. */
  lastOffset: number
}

export interface ModelTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** The offset of the marker. */
  readonly lastOffset: number
  readonly isAborted: boolean
}

/** The producers of a log, computed from its batches one by one. */
export class ModelProducers {
  readonly entries = new Map<number, ModelProducer>()
  readonly ended: ModelTransaction[] = []

  static of(batches: Iterable<ModelBatch>): ModelProducers {
    const producers = new ModelProducers()
    for (const batch of batches) producers.add(batch)
    return producers
  }

  add(batch: ModelBatch): void {
    if (batch.producerId < 0) return
    const producer = this.entries.get(batch.producerId) ?? newProducer()
    if (batch.isControl && batch.marker === undefined) return
    const isOpen = producer.currentTxnStartOffset >= 0
    // After the log start has moved back, an open transaction may reappear that was unknown.
    if (isOpen && !batch.isTransactional && !batch.isControl) return
    this.entries.set(batch.producerId, producer)
    if (batch.producerEpoch !== producer.producerEpoch) producer.lastSequence = -1
    producer.producerEpoch = batch.producerEpoch
    producer.lastOffset = batch.lastOffset
    producer.lastTimestamp = batch.maxTimestamp
    const { marker } = batch
    if (marker === undefined) {
      producer.lastSequence = batch.lastSequence
      if (batch.isTransactional && producer.currentTxnStartOffset < 0) {
        producer.currentTxnStartOffset = batch.baseOffset
      }
      return
    }
    const { producerId, lastOffset } = batch
    const firstOffset = producer.currentTxnStartOffset
    if (firstOffset >= 0) {
      this.ended.push({ producerId, firstOffset, lastOffset, isAborted: marker.isAbort })
    }
    producer.coordinatorEpoch = marker.coordinatorEpoch
    producer.currentTxnStartOffset = -1
  }

  /** The first offset of the first open transaction; `Infinity` if there is none. */
  get firstOpenOffset(): number {
    let first = Infinity
    for (const { currentTxnStartOffset } of this.entries.values()) {
      if (currentTxnStartOffset >= 0) first = Math.min(first, currentTxnStartOffset)
    }
    return first
  }

  /**
   * Returns the first offset of the first transaction whose end is not replicated.
   *
   * @param knownFrom ends below are no longer known
   */
  firstUnreplicatedOffset(highWatermark: number, knownFrom: number): number {
    let first = Infinity
    for (const { firstOffset, lastOffset } of this.ended) {
      if (lastOffset >= highWatermark && lastOffset >= knownFrom) {
        first = Math.min(first, firstOffset)
      }
    }
    return first
  }
}

function newProducer(): ModelProducer {
  return {
    producerEpoch: -1,
    lastSequence: -1,
    lastTimestamp: -1,
    coordinatorEpoch: -1,
    currentTxnStartOffset: -1,
    lastOffset: -1,
  }
}
