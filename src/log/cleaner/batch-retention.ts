import type { BatchView } from '../../record/batch-view.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { LastRecord } from '../producer/producer-entry.ts'
import type { CleanedTransactionMetadata } from './cleaned-transaction-metadata.ts'
import type { MutableCleanerStats } from './cleaner-stats.ts'
import type { OffsetMap } from './offset-map.ts'

/** What the decision about a batch rests on; one object per segment that is cleaned. */
export interface RetentionRules {
  readonly map: OffsetMap
  readonly transactions: CleanedTransactionMetadata
  /** Where the cleaning began. */
  readonly nowMs: number
  readonly deleteRetentionMs: number
  /** Whether the tombstones of magic 0 and 1, whose batches have no delete horizon, stay. */
  readonly retainLegacyDeletes: boolean
  /** What the producers that are known wrote last, by producer id. */
  readonly lastRecords: ReadonlyMap<number, LastRecord>
  readonly highWatermark: number
  /** What a batch may decompress to. */
  readonly maxDecompressedBytes: number
  readonly stats: MutableCleanerStats
}

/** What becomes of a batch (Kafka's `MemoryRecords.RecordFilter.BatchRetention`). */
export const BatchRetention = {
  /** It goes with all records, which need not be looked at. */
  Delete: 'Delete',
  /** It goes when no record stays. */
  DeleteEmpty: 'DeleteEmpty',
  /** It stays, without records if need be. */
  RetainEmpty: 'RetainEmpty',
} as const
export type BatchRetention = (typeof BatchRetention)[keyof typeof BatchRetention]

export interface BatchDecision {
  readonly retention: BatchRetention
  /** The records go, whatever they are: aborted, or a marker past its horizon. */
  readonly discardRecords: boolean
  /** Nothing of its transaction is left, so that the marker goes once its horizon has passed. */
  readonly isMarkerOfEmptyTransaction: boolean
}

/**
 * Decides about a batch before its records are looked at. To be asked once for every batch of a log in order, for it follows the
 * transactions.
 */
export function decideBatch(batch: BatchView, rules: RetentionRules): BatchDecision {
  const { isControl } = batch
  const { transactions } = rules
  const canDiscard = isControl
    ? transactions.onControlBatchRead(batch)
    : transactions.onBatchRead(batch)
  const discardRecords = canDiscard && (!isControl || isPastHorizon(batch, rules.nowMs))
  return {
    retention: retentionOf(batch, discardRecords, rules),
    discardRecords,
    isMarkerOfEmptyTransaction: isControl && canDiscard,
  }
}

/** Whether the tombstones of a batch stay where their key has no later record. */
export function retainsDeletes(batch: BatchView, rules: RetentionRules): boolean {
  return batch.magic < 2 ? rules.retainLegacyDeletes : !isPastHorizon(batch, rules.nowMs)
}

/**
 * Whether a record of a data batch stays, the cursor standing on it; `undefined` where it does when its key has no later offset in the
 * map.
 */
export function decideRecord(
  cursor: RecordCursor,
  offset: number,
  retainDeletes: boolean,
  { map, stats }: RetentionRules,
): boolean | undefined {
  if (offset > map.latestOffset) return true
  if (cursor.keySize < 0) {
    stats.invalidRecords++
    return false
  }
  return cursor.valueSize < 0 && !retainDeletes ? false : undefined
}

function retentionOf(
  batch: BatchView,
  discardRecords: boolean,
  { lastRecords, highWatermark }: RetentionRules,
): BatchRetention {
  if (batch.hasProducerId && isLastOfProducer(batch, lastRecords)) return BatchRetention.RetainEmpty
  // The last offset of the log must not be lost.
  if (batch.nextOffset === highWatermark) return BatchRetention.RetainEmpty
  return discardRecords ? BatchRetention.Delete : BatchRetention.DeleteEmpty
}

/** By its last data, or, where there is none, by the marker that shows its epoch. */
function isLastOfProducer(batch: BatchView, lastRecords: RetentionRules['lastRecords']): boolean {
  const last = lastRecords.get(batch.producerId)
  if (last === undefined) return false
  if (last.lastDataOffset !== undefined) return batch.lastOffset === last.lastDataOffset
  return batch.isControl && batch.producerEpoch === last.producerEpoch
}

function isPastHorizon({ deleteHorizonMs }: BatchView, nowMs: number): boolean {
  return deleteHorizonMs !== undefined && deleteHorizonMs <= nowMs
}
