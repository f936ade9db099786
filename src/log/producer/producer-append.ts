import { ErrorCode } from '../../protocol/error-code.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../record/control-record.ts'
import { recordsOf } from '../../record/records.ts'
import type { AppendOrigin } from '../../record/validation.ts'
import { ProducerEntry } from './producer-entry.ts'

const MAX_SEQUENCE = 2 ** 31 - 1

/** A transaction that its producer began on this partition. */
export interface OpenTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** A transaction that a marker ended (Kafka's `CompletedTxn`). */
export interface CompletedTransaction extends OpenTransaction {
  /** Of the marker. */
  readonly lastOffset: number
  readonly isAborted: boolean
}

/**
 * What an append does to one producer, checked and worked out before it is written (Kafka's `ProducerAppendInfo`). Nothing the log
 * remembers has changed until {@link entry} is taken over.
 */
export class ProducerAppend {
  /** The producer as it is after the batches added. */
  readonly entry: ProducerEntry
  readonly begun: OpenTransaction[] = []
  readonly completed: CompletedTransaction[] = []
  readonly #current: ProducerEntry | undefined
  readonly #origin: AppendOrigin

  constructor(producerId: number, current: ProducerEntry | undefined, origin: AppendOrigin) {
    this.entry = current?.clone() ?? new ProducerEntry(producerId)
    this.#current = current
    this.#origin = origin
  }

  /** Adds a batch whose offsets are assigned, or says why it must not be appended. */
  add(batch: BatchView): ErrorCode {
    return batch.isControl ? this.#addMarker(batch) : this.#addData(batch)
  }

  #addData(batch: BatchView): ErrorCode {
    const { producerEpoch, baseOffset, lastOffset, isTransactional } = batch
    const error = this.#checkEpoch(producerEpoch) || this.#checkSequence(batch)
    if (error !== ErrorCode.None) return error
    const { entry } = this
    if (entry.currentTxnFirstOffset >= 0 && !isTransactional) return ErrorCode.InvalidTxnState
    entry.addBatch(producerEpoch, {
      lastSequence: batch.lastSequence,
      lastOffset,
      offsetDelta: lastOffset - baseOffset,
      timestamp: batch.maxTimestamp,
    })
    if (isTransactional && entry.currentTxnFirstOffset < 0) {
      entry.currentTxnFirstOffset = baseOffset
      this.begun.push({ producerId: entry.producerId, firstOffset: baseOffset })
    }
    return ErrorCode.None
  }

  #addMarker(batch: BatchView): ErrorCode {
    if (batch.recordCount === 0) return ErrorCode.None
    const marker = endTransactionMarkerOf(batch)
    if (marker === undefined) return ErrorCode.None
    const error = this.#checkEpoch(batch.producerEpoch)
    if (error !== ErrorCode.None) return error
    const { entry } = this
    if (entry.coordinatorEpoch > marker.coordinatorEpoch && this.#origin !== 'replication') {
      return ErrorCode.TransactionCoordinatorFenced
    }
    if (entry.currentTxnFirstOffset >= 0) {
      this.completed.push({
        producerId: entry.producerId,
        firstOffset: entry.currentTxnFirstOffset,
        lastOffset: batch.baseOffset,
        isAborted: marker.type === ControlRecordType.Abort,
      })
    }
    entry.updateEpoch(batch.producerEpoch)
    entry.coordinatorEpoch = marker.coordinatorEpoch
    entry.lastTimestamp = firstTimestampOf(batch)
    entry.currentTxnFirstOffset = -1
    return ErrorCode.None
  }

  #checkEpoch(producerEpoch: number): ErrorCode {
    const isFenced = producerEpoch < this.entry.producerEpoch && this.#origin !== 'replication'
    return isFenced ? ErrorCode.InvalidProducerEpoch : ErrorCode.None
  }

  /** A producer that is not known here, since its records were deleted for example, may go on with any sequence. */
  #checkSequence(batch: BatchView): ErrorCode {
    if (this.#origin !== 'client') return ErrorCode.None
    const { entry } = this
    const { baseSequence } = batch
    if (batch.producerEpoch !== entry.producerEpoch) {
      const isAccepted = baseSequence === 0 || entry.producerEpoch === -1
      return isAccepted ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber
    }
    const current = this.#current
    if (current === undefined || current.producerEpoch === -1) return ErrorCode.None
    const isCurrentEpoch = batch.producerEpoch === current.producerEpoch
    const last = !entry.isEmpty ? entry.lastSequence : isCurrentEpoch ? current.lastSequence : -1
    return isNextSequence(last, baseSequence) ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber
  }
}

function isNextSequence(last: number, next: number): boolean {
  return next === last + 1 || (next === 0 && last === MAX_SEQUENCE)
}

function firstTimestampOf(batch: BatchView): number {
  for (const { timestamp } of recordsOf(batch)) return timestamp
  return batch.maxTimestamp
}
