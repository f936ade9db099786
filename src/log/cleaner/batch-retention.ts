import type { BatchView } from '../../record/batch-view.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { LastRecord } from '../producer/producer-entry.ts'
import type { CleanedTransactionMetadata } from './cleaned-transaction-metadata.ts'
import type { MutableCleanerStats } from './cleaner-stats.ts'
import type { OffsetMap } from './offset-map.ts'

/** The input of the decision about a batch; one object per cleaned segment. */
export interface RetentionRules {
  readonly map: OffsetMap
  readonly transactions: CleanedTransactionMetadata
  /** The start of the cleaning. */
  readonly nowMs: number
  readonly deleteRetentionMs: number
  /** Whether tombstones of magic 0 and 1 remain, whose batches have no delete horizon. */
  readonly retainLegacyDeletes: boolean
  /** The last record of each known producer, by producer id. */
  readonly lastRecords: ReadonlyMap<number, LastRecord>
  readonly highWatermark: number
  /** The maximum size of a decompressed batch. */
  readonly maxDecompressedBytes: number
  readonly stats: MutableCleanerStats
}

/** The fate of a batch (Kafka's `MemoryRecords.RecordFilter.BatchRetention`). */
export const BatchRetention = {
  /** The batch is removed with all records. */
  Delete: 'Delete',
  /** The batch is removed if no record remains. */
  DeleteEmpty: 'DeleteEmpty',
  /** The batch remains, if need be without records. */
  RetainEmpty: 'RetainEmpty',
} as const
export type BatchRetention = (typeof BatchRetention)[keyof typeof BatchRetention]

export interface BatchDecision {
  readonly retention: BatchRetention
  /** Whether all records are removed: aborted, or a marker past its horizon. */
  readonly discardRecords: boolean
  /**
   * Whether no batch of its transaction is left, so that the marker is removed after its delete
   * horizon.
   */
  readonly isMarkerOfEmptyTransaction: boolean
}

/**
 * Decides about a batch before its records are read. Called once for every batch of a log, in
 * order, because it follows the transactions.
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

/** Returns whether the tombstones of a batch remain, if their keys have no later record. */
export function retainsDeletes(batch: BatchView, rules: RetentionRules): boolean {
  return batch.magic < 2 ? rules.retainLegacyDeletes : !isPastHorizon(batch, rules.nowMs)
}

/**
 * Returns whether the cursor's record of a data batch remains, or undefined if that depends on a
 * later offset of its key in the map.
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
  // The last offset of the log must be preserved.
  if (batch.nextOffset === highWatermark) return BatchRetention.RetainEmpty
  return discardRecords ? BatchRetention.Delete : BatchRetention.DeleteEmpty
}

/**
 * Returns whether the batch has the last data of its producer or, without data, the marker with its
 * epoch.
 */
function isLastOfProducer(batch: BatchView, lastRecords: RetentionRules['lastRecords']): boolean {
  const last = lastRecords.get(batch.producerId)
  if (last === undefined) return false
  if (last.lastDataOffset !== undefined) return batch.lastOffset === last.lastDataOffset
  return batch.isControl && batch.producerEpoch === last.producerEpoch
}

function isPastHorizon({ deleteHorizonMs }: BatchView, nowMs: number): boolean {
  return deleteHorizonMs !== undefined && deleteHorizonMs <= nowMs
}
