import type { BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import type { LogSegment } from '../segment/segment.ts'

/** After so much work, some milliseconds, the event loop gets its turn. */
const SLICE_BYTES = 1024 * 1024

/** Counts what is done between two turns of the event loop. */
export class WorkMeter {
  #ioBytes = 0
  #decompressedBytes = 0

  /** So much was read or written. */
  add(bytes: number): void {
    this.#ioBytes += bytes
  }

  /** So much came out of a codec. */
  addDecompressed(bytes: number): void {
    this.#decompressedBytes += bytes
  }

  get isSliceDone(): boolean {
    return this.#ioBytes + this.#decompressedBytes >= SLICE_BYTES
  }

  /** What has been read and written since the last time. */
  take(): number {
    const bytes = this.#ioBytes
    this.#ioBytes = 0
    this.#decompressedBytes = 0
    return bytes
  }
}

/**
 * Every batch of a segment from a position on. Yields the bytes of work done whenever the meter says so; the segment is then free to
 * be closed or changed, and it is the caller's to notice that.
 *
 * @param onBatch looks at a batch before the next one is read; true to end the scan
 * @throws CorruptRecordError when the segment does not end with a whole batch
 */
export function* scanSegment(
  segment: LogSegment,
  from: number,
  meter: WorkMeter,
  onBatch: (batch: BatchView) => boolean,
): Generator<number, boolean> {
  let position = from
  while (position < segment.sizeInBytes) {
    const before = position
    for (const { batch, position: at } of segment.batchesFrom(position)) {
      const { sizeInBytes } = batch
      position = at + sizeInBytes
      meter.add(sizeInBytes)
      if (onBatch(batch)) return true
      if (meter.isSliceDone) break
    }
    if (position === before) {
      throw new CorruptRecordError(`${segment.path} has no whole batch at position ${position}`)
    }
    if (meter.isSliceDone) yield meter.take()
  }
  return false
}
