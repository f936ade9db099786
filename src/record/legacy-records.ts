import * as layout from './batch-layout.ts'
import { type BatchView, batchesOf } from './batch-view.ts'
import { int32At } from './big-endian.ts'
import { decompress } from './compression.ts'
import { CorruptRecordError } from './corrupt-record-error.ts'
import type { KafkaRecord } from './kafka-record.ts'
import { NO_TIMESTAMP, TimestampType } from './timestamp-type.ts'

/**
 * Yields the records of a message of magic 0 or 1 (Kafka's `AbstractLegacyRecordBatch`): itself, or
 * the records that it wraps compressed in its value. In magic 1 the wrapped offsets start at 0, and
 * the wrapper has the last offset; in magic 0 each record has its own.
 */
export function* legacyRecordsOf(
  message: BatchView,
  maxBytes?: number,
): Generator<KafkaRecord, void, undefined> {
  if (!message.isCompressed) {
    yield recordOf(message, message.baseOffset, message.maxTimestamp)
    return
  }
  const { magic, lastOffset } = message
  const wrapped = recordOf(message, lastOffset, NO_TIMESTAMP).value
  if (wrapped === null) {
    throw new CorruptRecordError(
      `Found invalid compressed record set with null value (magic = ${magic})`,
    )
  }
  const inner = [...batchesOf(decompress(message.compression, wrapped, maxBytes, magic))]
  const last = inner.at(-1)
  if (last === undefined) {
    throw new CorruptRecordError('Found invalid compressed record set with no inner records')
  }
  const isLogAppendTime = message.timestampType === TimestampType.LogAppendTime
  const relativeTo = magic === 1 ? lastOffset - last.baseOffset : 0
  for (const record of inner) {
    if (record.isCompressed || record.magic !== magic) {
      throw new CorruptRecordError('Inner record is compressed or has another magic')
    }
    const timestamp = isLogAppendTime ? message.maxTimestamp : record.maxTimestamp
    yield recordOf(record, relativeTo + record.baseOffset, timestamp)
  }
}

function recordOf(message: BatchView, offset: number, timestamp: number): KafkaRecord {
  const { bytes, magic } = message
  const keyPosition = magic === 0 ? layout.LEGACY_TIMESTAMP : layout.LEGACY_TIMESTAMP + 8
  const key = fieldAt(bytes, keyPosition)
  const value = fieldAt(bytes, keyPosition + 4 + (key?.length ?? 0))
  return { offset, timestamp, key, value, headers: [] }
}

/** Returns bytes after their 32-bit size; `null` for size -1. */
function fieldAt(bytes: Uint8Array, position: number): Uint8Array | null {
  const start = position + 4
  if (start > bytes.length) throw new CorruptRecordError('Message ends before its value')
  const size = int32At(bytes, position)
  if (size < 0) return null
  if (start + size > bytes.length) {
    throw new CorruptRecordError(`Message has a field of ${size} bytes beyond its end`)
  }
  return bytes.subarray(start, start + size)
}
