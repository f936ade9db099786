import { ApiError } from '../protocol/api-error.ts'
import { batchesOf } from '../record/batch-view.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import type { Log } from './log.ts'

/** The size of one read (Kafka's `offsets.load.buffer.size`). */
const READ_BYTES = 5 * 1024 * 1024

/**
 * Reads a log to its end, in slices of whole batches. Coordinators and the controller load their
 * state with it.
 *
 * @param fromOffset the first batch contains it; default the start of the log
 * @throws CorruptRecordError if a batch is corrupt or cannot be read
 */
export function* readWholeLog(
  log: Log,
  fromOffset: number = log.logStartOffset,
): Generator<Uint8Array, void, undefined> {
  for (let offset = fromOffset; offset < log.logEndOffset;) {
    const read = log.read(offset, READ_BYTES, 'logEnd', true)
    if (read instanceof ApiError) {
      throw new CorruptRecordError(
        `error ${read.errorCode} at offset ${offset} of ${log.directory}`,
      )
    }
    if (read.sizeInBytes === 0) return
    const before = offset
    for (const slice of read.slices) {
      for (const batch of batchesOf(slice)) offset = batch.nextOffset
      yield slice
    }
    if (offset === before)
      throw new CorruptRecordError(`no batch at offset ${offset} of ${log.directory}`)
  }
}
