import { BATCH_OVERHEAD } from '../../record/batch-layout.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { decompress } from '../../record/compression.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { recordsOf } from '../../record/records.ts'
import {
  BatchRetention,
  decideBatch,
  retainsDeletes,
  type RetentionRules,
} from './batch-retention.ts'
import type { WorkMeter } from './segment-scan.ts'

/**
 * Returns whether cleaning would change a batch of the clean part of a log, where no key has a
 * later record: remove the batch, a tombstone or a marker, or set a delete horizon. Called once for
 * every batch of a log, in order, like `decideBatch`.
 *
 * @throws CorruptRecordError if the batch cannot be read
 */
export function wouldChange(batch: BatchView, rules: RetentionRules, meter: WorkMeter): boolean {
  const { discardRecords, retention, isMarkerOfEmptyTransaction } = decideBatch(batch, rules)
  if (batch.recordCount === 0) return retention !== BatchRetention.RetainEmpty
  if (discardRecords) return true
  if (batch.isControl) return isMarkerOfEmptyTransaction && !batch.hasDeleteHorizon
  const isHorizonSet = batch.magic === 2 && batch.hasDeleteHorizon
  if (isHorizonSet && retainsDeletes(batch, rules)) return false
  return hasTombstones(batch, rules.maxDecompressedBytes, meter)
}

function hasTombstones(batch: BatchView, maxDecompressedBytes: number, meter: WorkMeter): boolean {
  if (batch.magic < 2) {
    return [...recordsOf(batch, maxDecompressedBytes)].some(({ value }) => value === null)
  }
  let records = batch.bytes.subarray(BATCH_OVERHEAD)
  if (batch.isCompressed) {
    records = decompress(batch.compression, records, maxDecompressedBytes)
    meter.addDecompressed(records.length)
  }
  const cursor = new RecordCursor(records)
  for (let index = 0; index < batch.recordCount; index++) {
    cursor.next()
    if (cursor.valueSize < 0) return true
  }
  return false
}
