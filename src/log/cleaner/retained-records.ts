import { crc32c } from '../../platform/crc32c.ts'
import * as layout from '../../record/batch-layout.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { putInt16, putInt32, putInt64 } from '../../record/big-endian.ts'
import { compress } from '../../record/compression.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { NO_TIMESTAMP, TimestampType } from '../../record/timestamp-type.ts'
import { putVarint, putVarlong, varlongSize } from '../../record/varint.ts'
import { type CleanedOutput, copyBytes } from './cleaned-output.ts'

/** The maximum growth of a record with another base timestamp: its delta, and its size field. */
const MAX_GROWTH_BYTES = 12

/** The retained records of a batch. */
export interface Selection {
  /** The decompressed records of the batch, from `contentStart` to `contentEnd`. */
  readonly content: Uint8Array
  readonly contentStart: number
  readonly contentEnd: number
  /** 1 for each retained record, in order. May be longer than the batch. */
  readonly flags: Uint8Array
  readonly count: number
}

/**
 * Writes a batch of magic 2 with the retained records (Kafka's
 * `MemoryRecords.buildRetainedRecordsInto`). Preserves their offsets and timestamps, the codec, and
 * the batch's base offset, last offset, producer and sequence.
 *
 * @param deleteHorizonMs the time at which its tombstones or its marker may be removed (KIP-534);
 * replaces the base timestamp
 * @returns the size of the written batch
 */
export function writeRetained(
  batch: BatchView,
  selection: Selection,
  deleteHorizonMs: number | undefined,
  output: CleanedOutput,
): number {
  const { contentStart, contentEnd, count } = selection
  const mostBytes = contentEnd - contentStart + count * MAX_GROWTH_BYTES
  const retained = new RetainedRecords(batch, selection, deleteHorizonMs)
  if (!batch.isCompressed) {
    const start = output.reserve(layout.BATCH_OVERHEAD + mostBytes)
    const size = retained.put(output.buffer, start + layout.BATCH_OVERHEAD) - start
    retained.putHeader(output.buffer, start, size)
    output.commit(size)
    return size
  }
  const records = Buffer.allocUnsafe(mostBytes)
  const compressed = compress(batch.compression, records.subarray(0, retained.put(records, 0)))
  const size = layout.BATCH_OVERHEAD + compressed.length
  const start = output.reserve(size)
  output.buffer.set(compressed, start + layout.BATCH_OVERHEAD)
  retained.putHeader(output.buffer, start, size)
  output.commit(size)
  return size
}

class RetainedRecords {
  readonly #batch: BatchView
  readonly #selection: Selection
  readonly #deleteHorizonMs: number | undefined
  /** The timestamp of all records with LogAppendTime. */
  readonly #logAppendTimeMs: number | undefined
  #baseTimestamp: number | undefined
  #maxTimestamp = NO_TIMESTAMP

  constructor(batch: BatchView, selection: Selection, deleteHorizonMs: number | undefined) {
    this.#batch = batch
    this.#selection = selection
    this.#deleteHorizonMs = deleteHorizonMs
    this.#baseTimestamp = deleteHorizonMs
    const isLogAppendTime = batch.timestampType === TimestampType.LogAppendTime
    this.#logAppendTimeMs = isLogAppendTime ? batch.maxTimestamp : undefined
  }

  /** Writes the records from `start`. Returns their end. */
  put(target: Uint8Array, start: number): number {
    const { content, contentStart, contentEnd, flags } = this.#selection
    const { baseTimestamp, recordCount } = this.#batch
    const cursor = new RecordCursor(content, contentStart, contentEnd)
    let position = start
    for (let index = 0; index < recordCount; index++) {
      cursor.next()
      if (flags[index] === 0) continue
      const timestamp = this.#logAppendTimeMs ?? baseTimestamp + cursor.timestampDelta
      if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
      this.#baseTimestamp ??= timestamp
      position = putRecord(target, position, content, cursor, timestamp - this.#baseTimestamp)
    }
    return position
  }

  /** Writes the header of a batch of `sizeInBytes` at `start`, whose records are written. */
  putHeader(target: Uint8Array, start: number, sizeInBytes: number): void {
    const batch = this.#batch
    copyBytes(target, start, batch.buffer, batch.start, batch.start + layout.BATCH_OVERHEAD)
    putInt32(target, start + layout.LENGTH, sizeInBytes - layout.LOG_OVERHEAD)
    if (this.#deleteHorizonMs !== undefined) {
      const attributes = batch.attributes | layout.DELETE_HORIZON_FLAG
      putInt16(target, start + layout.ATTRIBUTES, attributes)
    }
    putInt64(target, start + layout.BASE_TIMESTAMP, this.#baseTimestamp ?? NO_TIMESTAMP)
    putInt64(target, start + layout.MAX_TIMESTAMP, this.#logAppendTimeMs ?? this.#maxTimestamp)
    putInt32(target, start + layout.RECORD_COUNT, this.#selection.count)
    const checksum = crc32c(target, start + layout.ATTRIBUTES, start + sizeInBytes)
    putInt32(target, start + layout.CRC, checksum)
  }
}

/** Copies the cursor's record with another timestamp delta. Returns its end. */
function putRecord(
  target: Uint8Array,
  start: number,
  content: Uint8Array,
  cursor: RecordCursor,
  timestampDelta: number,
): number {
  const { bodyStart, bodySize } = cursor
  const bodyEnd = bodyStart + bodySize
  let rest = bodyStart + 1
  while (content[rest++]! >= 0x80);
  const size = 1 + varlongSize(timestampDelta) + bodyEnd - rest
  let position = putVarint(target, start, size)
  target[position++] = 0
  position = putVarlong(target, position, timestampDelta)
  copyBytes(target, position, content, rest, bodyEnd)
  return position + bodyEnd - rest
}
