import type { FileHandle } from '../platform/file-system.ts'
import { LENGTH, LOG_OVERHEAD, MAGIC } from '../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import { int32At } from '../record/big-endian.ts'

/** A batch in a segment's file. The view is over a buffer that the next batch may overwrite. */
export interface ScannedBatch {
  readonly batch: BatchView
  /** In the file. */
  readonly position: number
}

/**
 * The whole batches of a file between two positions, through one buffer of `windowBytes` that grows for larger batches. Ends at a torn
 * batch.
 *
 * @throws CorruptRecordError where no batch can begin
 */
export function* scanBatches(
  file: FileHandle,
  from: number,
  to: number,
  windowBytes: number,
): Generator<ScannedBatch, void, undefined> {
  let window = Buffer.allocUnsafeSlow(Math.max(0, Math.min(windowBytes, to - from)))
  let windowStart = from
  let windowLength = 0
  for (let at = 0; ;) {
    const size = batchSizeAt(window, at, windowLength)
    if (size > 0) {
      yield { batch: new BatchView(window, at), position: windowStart + at }
      at += size
      continue
    }
    const position = windowStart + at
    const remaining = to - position
    const needed = neededBytes(window, at, windowLength)
    if (needed > remaining || (needed <= windowLength && at === 0)) return
    if (needed > window.length) window = Buffer.allocUnsafeSlow(needed)
    windowLength = file.read(window.subarray(0, Math.min(window.length, remaining)), position)
    windowStart = position
    at = 0
    if (windowLength < needed) return
  }
}

/** How many bytes have to be there to see a whole batch, or at least how large it is. */
export function neededBytes(bytes: Uint8Array, at: number, end: number): number {
  if (end - at <= MAGIC) return MAGIC + 1
  return LOG_OVERHEAD + int32At(bytes, at + LENGTH)
}
