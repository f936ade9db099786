import type { FileHandle } from '../../platform/file-system.ts'
import { BATCH_OVERHEAD, LOG_OVERHEAD, RECORD_OVERHEAD_V0 } from '../../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import type { OffsetPosition } from '../index/offset-index.ts'

/**
 * One window for all searches, because reading is synchronous. It covers the distance between two
 * index entries.
 */
const window = Buffer.allocUnsafeSlow(8 * 1024)

/**
 * Returns the position of the first batch that ends at or after `offset`, or `fileBytes` if there
 * is none. Reads headers only. Returns undefined if the index is wrong: no batch begins at the
 * position of its entry, or one with a larger offset.
 *
 * @param from the index entry for `offset`, or the base offset and position 0
 * @param fileBytes the size of the batches in the file
 */
export function findBatchPosition(
  file: FileHandle,
  offset: number,
  from: OffsetPosition,
  fileBytes: number,
): number | undefined {
  let { position } = from
  while (position < fileBytes) {
    const remaining = fileBytes - position
    const count = file.read(window.subarray(0, Math.min(window.length, remaining)), position)
    if (position === from.position && position > 0 && !beginsBatch(count, from)) return undefined
    let at = 0
    while (at < count && count - at >= Math.min(BATCH_OVERHEAD, remaining - at)) {
      if (new BatchView(window, at).lastOffset >= offset) return position + at
      at += batchSizeAt(window, at, Infinity)
    }
    if (at === 0) return fileBytes
    position += at
  }
  if (position > fileBytes)
    throw new CorruptRecordError(`a batch ends at ${position}, beyond its segment`)
  return fileBytes
}

function beginsBatch(count: number, entry: OffsetPosition): boolean {
  if (count < LOG_OVERHEAD + RECORD_OVERHEAD_V0) return false
  try {
    batchSizeAt(window, 0, Infinity)
  } catch (error) {
    if (error instanceof CorruptRecordError) return false
    throw error
  }
  const { baseOffset } = new BatchView(window)
  return baseOffset >= 0 && baseOffset <= entry.offset
}
