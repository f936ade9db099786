import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../record/control-record.ts'
import { recordsOf } from '../../record/records.ts'
import type { AppendOrigin } from '../../record/validation-rules.ts'
import { ProducerEntry } from './producer-entry.ts'
import type { VerificationGuard } from './verification-guard.ts'

const MAX_SEQUENCE = 2 ** 31 - 1

/** The first level of `transaction.version` whose markers have a higher epoch than the records. */
const TRANSACTION_VERSION_WITH_EPOCH_BUMP = 2

/** A transaction that a producer began on this partition. */
export interface OpenTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** A transaction that a marker ended (Kafka's `CompletedTxn`). */
export interface CompletedTransaction extends OpenTransaction {
  /** The offset of the marker. */
  readonly lastOffset: number
  readonly isAborted: boolean
}

/**
 * The effect of an append on one producer, checked and computed before the write (Kafka's
 * `ProducerAppendInfo`). The state of the log does not change before {@link entry} is applied.
 */
export class ProducerAppend {
  /** The producer after the added batches. */
  readonly entry: ProducerEntry
  readonly begun: OpenTransaction[] = []
  readonly completed: CompletedTransaction[] = []
  readonly #current: ProducerEntry | undefined
  readonly #origin: AppendOrigin
  readonly #guard: VerificationGuard | undefined

  /** @param guard the guard of the producer, if a verification has begun */
  constructor(
    producerId: number,
    current: ProducerEntry | undefined,
    origin: AppendOrigin,
    guard: VerificationGuard | undefined,
  ) {
    this.entry = current?.clone() ?? new ProducerEntry(producerId)
    this.#current = current
    this.#origin = origin
    this.#guard = guard
  }

  /**
   * Adds a batch with assigned offsets. Returns an error if it must not be appended.
   *
   * @param transactionVersion the level of `transaction.version` for which a marker is checked
   */
  add(batch: BatchView, transactionVersion = 0): ApiError | undefined {
    return batch.isControl ? this.#addMarker(batch, transactionVersion) : this.#addData(batch)
  }

  #addData(batch: BatchView): ApiError | undefined {
    const { producerEpoch, baseOffset, lastOffset, isTransactional } = batch
    const error = this.#checkEpoch(producerEpoch) ?? this.#checkSequence(batch)
    if (error !== undefined) return error
    const { entry } = this
    if (entry.currentTxnFirstOffset >= 0 && !isTransactional)
      return ApiError.of(ErrorCode.InvalidTxnState)
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
    return undefined
  }

  #addMarker(batch: BatchView, transactionVersion: number): ApiError | undefined {
    if (batch.recordCount === 0) return undefined
    const marker = endTransactionMarkerOf(batch)
    if (marker === undefined) return undefined
    const error = this.#checkMarkerEpoch(batch.producerEpoch, transactionVersion)
    if (error !== undefined) return error
    const { entry } = this
    if (entry.coordinatorEpoch > marker.coordinatorEpoch && this.#origin !== 'replication') {
      return ApiError.of(ErrorCode.TransactionCoordinatorFenced)
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
    return undefined
  }

  #checkEpoch(producerEpoch: number): ApiError | undefined {
    const isFenced = producerEpoch < this.entry.producerEpoch && this.#origin !== 'replication'
    return isFenced ? ApiError.of(ErrorCode.InvalidProducerEpoch) : undefined
  }

  /**
   * From version 2 on, the coordinator increments the epoch before it sends markers. A marker of
   * the current epoch is then late, unless the same marker is sent again: no transaction is open.
   */
  #checkMarkerEpoch(markerEpoch: number, transactionVersion: number): ApiError | undefined {
    const { producerEpoch, currentTxnFirstOffset } = this.entry
    const isLate =
      transactionVersion >= TRANSACTION_VERSION_WITH_EPOCH_BUMP &&
      markerEpoch === producerEpoch &&
      currentTxnFirstOffset >= 0 &&
      this.#origin !== 'replication'
    return isLate ? ApiError.of(ErrorCode.InvalidProducerEpoch) : this.#checkEpoch(markerEpoch)
  }

  /**
   * Checks the sequence. An unknown producer, for example after its records were deleted, may
   * continue with any sequence.
   */
  #checkSequence(batch: BatchView): ApiError | undefined {
    if (this.#origin !== 'client') return undefined
    const { entry } = this
    const { baseSequence } = batch
    const guard = this.#guard
    if (guard !== undefined) {
      const mustBeginAtZero = guard.supportsEpochBump && (this.#current?.isEmpty ?? true)
      if ((mustBeginAtZero && baseSequence !== 0) || baseSequence > guard.lowestSequence) {
        return ApiError.of(ErrorCode.OutOfOrderSequenceNumber)
      }
    }
    if (batch.producerEpoch !== entry.producerEpoch) {
      const isAccepted = baseSequence === 0 || entry.producerEpoch === -1
      return isAccepted ? undefined : ApiError.of(ErrorCode.OutOfOrderSequenceNumber)
    }
    const current = this.#current
    if (current === undefined || current.producerEpoch === -1) return undefined
    const isCurrentEpoch = batch.producerEpoch === current.producerEpoch
    const last = !entry.isEmpty ? entry.lastSequence : isCurrentEpoch ? current.lastSequence : -1
    return isNextSequence(last, baseSequence)
      ? undefined
      : ApiError.of(ErrorCode.OutOfOrderSequenceNumber)
  }
}

function isNextSequence(last: number, next: number): boolean {
  return next === last + 1 || (next === 0 && last === MAX_SEQUENCE)
}

function firstTimestampOf(batch: BatchView): number {
  for (const { timestamp } of recordsOf(batch)) return timestamp
  return batch.maxTimestamp
}
