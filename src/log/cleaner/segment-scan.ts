import type { BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import type { LogSegment } from '../segment/segment.ts'

/** The amount of work, some milliseconds, between two turns of the event loop. */
const SLICE_BYTES = 1024 * 1024

/** Counts the work since the last turn of the event loop. */
export class WorkMeter {
  #ioBytes = 0
  #decompressedBytes = 0

  /** Adds bytes read or written. */
  add(bytes: number): void {
    this.#ioBytes += bytes
  }

  /** Adds bytes that a codec produced. */
  addDecompressed(bytes: number): void {
    this.#decompressedBytes += bytes
  }

  get isSliceDone(): boolean {
    return this.#ioBytes + this.#decompressedBytes >= SLICE_BYTES
  }

  /** Returns the bytes read and written since the last call. */
  take(): number {
    const bytes = this.#ioBytes
    this.#ioBytes = 0
    this.#decompressedBytes = 0
    return bytes
  }
}

/**
 * Iterates over the batches of a segment from a position. Yields the bytes of work when the meter
 * is full; the segment may be closed or changed then, and the caller must check that.
 *
 * @param onBatch called with each batch before the next one is read; returns true to end the scan
 * @throws CorruptRecordError if the segment does not end with a whole batch
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
