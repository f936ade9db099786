import { type BatchView, batchSizeAt } from './batch-view.ts'
import * as layout from './batch-layout.ts'
import { decompress } from './compression.ts'
import { CorruptRecordError, InvalidRecordError } from './corrupt-record-error.ts'
import type { KafkaRecord, RecordHeader } from './kafka-record.ts'
import { legacyRecordsOf } from './legacy-records.ts'
import { RecordCursor } from './record-cursor.ts'
import { TimestampType } from './timestamp-type.ts'

export type { KafkaRecord } from './kafka-record.ts'

/**
 * Yields the records of a batch of any magic, decompressed when the first one is read. Keys and
 * values are slices of the batch, or of its decompressed content.
 *
 * @param maxBytes the maximum decompressed size of the batch; default 1 GiB
 * @throws CorruptRecordError if the batch does not match its header; InvalidRecordError if its
 * records do not; BrokenStreamError if they cannot be decompressed. The checksum is not verified
 */
export function* recordsOf(
  batch: BatchView,
  maxBytes?: number,
): Generator<KafkaRecord, void, undefined> {
  const { bytes } = batch
  if (bytes.length === 0 || batchSizeAt(bytes, 0) !== bytes.length) {
    throw new CorruptRecordError('Record batch is incomplete')
  }
  if (batch.magic < 2) {
    yield* legacyRecordsOf(batch, maxBytes)
    return
  }
  yield* recordsIn(batch, uncompressedRecords(batch, maxBytes), 0)
}

/**
 * Yields the records of a magic 2 batch whose content the caller has decompressed; they are in
 * `content` from `start` on.
 *
 * @throws InvalidRecordError if they are malformed
 */
export function* recordsIn(
  batch: BatchView,
  content: Uint8Array,
  start: number,
): Generator<KafkaRecord, void, undefined> {
  const { baseOffset, baseTimestamp, maxTimestamp, recordCount } = batch
  if (recordCount < 0) {
    throw new InvalidRecordError(`Found invalid record count ${recordCount} in magic v2 batch`)
  }
  const isLogAppendTime = batch.timestampType === TimestampType.LogAppendTime
  const cursor = new RecordCursor(content, start)
  for (let index = 0; index < recordCount; index++) {
    cursor.next()
    yield {
      offset: baseOffset + cursor.offsetDelta,
      timestamp: isLogAppendTime ? maxTimestamp : baseTimestamp + cursor.timestampDelta,
      key: slice(content, cursor.keyStart, cursor.keySize),
      value: slice(content, cursor.valueStart, cursor.valueSize),
      headers: headersAt(content, cursor.headersStart, cursor.headerCount),
    }
  }
  if (!cursor.isAtEnd) {
    throw new InvalidRecordError('Incorrect declared batch size, records still remaining in file')
  }
}

/**
 * Returns the bytes after the header of a magic 2 batch, decompressed, for a {@link RecordCursor}.
 *
 * @throws BrokenStreamError if it cannot be decompressed, or not within `maxBytes`
 */
export function uncompressedRecords(batch: BatchView, maxBytes?: number): Uint8Array {
  const content = batch.bytes.subarray(layout.BATCH_OVERHEAD)
  // A batch that compaction emptied keeps its codec but has no content.
  if (content.length === 0 && batch.recordCount === 0) return content
  return decompress(batch.compression, content, maxBytes)
}

/**
 * Returns the headers of a record at the position of a cursor, which has checked their structure.
 */
function headersAt(bytes: Uint8Array, start: number, count: number): RecordHeader[] {
  const headers: RecordHeader[] = []
  let position = start
  const field = (): Uint8Array | null => {
    let size = 0
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      byte = bytes[position++]!
      size |= (byte & 0x7f) << shift
    }
    size = (size >>> 1) ^ -(size & 1)
    position += Math.max(size, 0)
    return slice(bytes, position - size, size)
  }
  for (let index = 0; index < count; index++) {
    const key = field()!
    headers.push({
      key: Buffer.from(key.buffer, key.byteOffset, key.length).toString(),
      value: field(),
    })
  }
  return headers
}

function slice(bytes: Uint8Array, start: number, size: number): Uint8Array | null {
  return size < 0 ? null : bytes.subarray(start, start + size)
}
