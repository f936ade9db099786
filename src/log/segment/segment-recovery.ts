import type { BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import { MAX_RELATIVE_OFFSET } from '../index/offset-index.ts'
import { BatchScanner, type ScannedBatch } from './batch-scanner.ts'
import type { SegmentFiles } from './segment-files.ts'
import type { SegmentIndexes } from './segment-indexes.ts'

/** The end of the valid batches of a segment. */
export interface SegmentEnd {
  readonly sizeInBytes: number
  /** The offset after the last record. */
  readonly nextOffset: number
}

/**
 * Reads every batch of a segment and rebuilds its indexes (Kafka's `LogSegment.recover`). Stops at
 * the first batch that is torn, corrupt or out of order, and returns the end of the batches before
 * it.
 *
 * @param onBatch called with every batch of a producer and with the first batch of each leader
 * epoch
 */
export function recoverBatches(
  files: SegmentFiles,
  indexes: SegmentIndexes,
  baseOffset: number,
  indexIntervalBytes: number,
  onBatch: (batch: BatchView) => void,
): SegmentEnd {
  const scanner = new BatchScanner(files, 0, files.openStored())
  let sizeInBytes = 0
  let nextOffset = baseOffset
  let epoch: number | undefined
  indexes.reset()
  try {
    while (scanner.next()) {
      const { batch } = scanner
      const { lastOffset } = batch
      if (batch.baseOffset < nextOffset || lastOffset - baseOffset > MAX_RELATIVE_OFFSET) break
      if (!batch.isChecksumValid) break
      indexes.note(
        lastOffset,
        batch.maxTimestamp,
        sizeInBytes,
        scanner.sizeInBytes,
        indexIntervalBytes,
      )
      if (batch.hasProducerId || batch.partitionLeaderEpoch !== epoch) {
        epoch = batch.partitionLeaderEpoch
        // A second view: V8 allocates only views that are passed on, and saves an eighth of the
        // time for small batches.
        onBatch(scanner.batch)
      }
      nextOffset = lastOffset + 1
      sizeInBytes += scanner.sizeInBytes
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
  } finally {
    scanner.close()
  }
  indexes.complete()
  indexes.beginInterval()
  return { sizeInBytes, nextOffset }
}

/**
 * Rebuilds indexes from the headers of the batches, up to the first header that is corrupt. Does
 * not verify checksums: the records were valid when the segment was opened.
 */
export function rebuildIndexes(
  indexes: SegmentIndexes,
  batches: Iterable<ScannedBatch>,
  indexIntervalBytes: number,
): void {
  indexes.reset()
  try {
    for (const { batch, position } of batches) {
      const { lastOffset, maxTimestamp, sizeInBytes } = batch
      indexes.note(lastOffset, maxTimestamp, position, sizeInBytes, indexIntervalBytes)
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
  }
}

/**
 * Reads the batches after the last index entry, and notes their timestamps. Returns the end of the
 * last whole batch.
 *
 * @param batches the batches from the position of the last index entry
 */
export function readTail(
  indexes: SegmentIndexes,
  batches: Iterable<ScannedBatch>,
  baseOffset: number,
): SegmentEnd {
  let sizeInBytes = indexes.offset.lastEntry.position
  let nextOffset = baseOffset
  for (const { batch } of batches) {
    indexes.noteTimestamp(batch.lastOffset, batch.maxTimestamp)
    nextOffset = batch.lastOffset + 1
    sizeInBytes += batch.sizeInBytes
  }
  return { sizeInBytes, nextOffset }
}
