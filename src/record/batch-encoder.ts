import { crc32c } from '../platform/crc32c.ts'
import * as layout from './batch-layout.ts'
import { putInt16, putInt32, putInt64 } from './big-endian.ts'
import { CompressionType, compressionId } from './compression-type.ts'
import { compress } from './compression.ts'
import { NO_TIMESTAMP, TimestampType } from './timestamp-type.ts'
import { putVarint, putVarlong, varintSize, varlongSize } from './varint.ts'

/** A record to encode. */
export interface RecordInput {
  key?: Uint8Array | null
  /** `null` is a tombstone. */
  value?: Uint8Array | null
  headers?: readonly { key: string; value: Uint8Array | null }[]
  /** Milliseconds since the epoch; default -1 (none). */
  timestamp?: number
  /**
   * The distance from the batch's base offset; default the index in the batch. Other values occur
   * after compaction.
   */
  offsetDelta?: number
}

export interface EncodeOptions {
  /** Default 0. A `bigint` is for values beyond 2^53, which no broker assigns. */
  baseOffset?: number | bigint
  /** Default none. */
  compression?: CompressionType
  /** The level of the codec; default the codec's own. */
  level?: number
  /** Default CreateTime. */
  timestampType?: TimestampType
  /**
   * The time of the append, for LogAppendTime. It becomes the largest timestamp. Default: the
   * largest of the records.
   */
  logAppendTimeMs?: number
  /** Default -1: no producer. */
  producerId?: number | bigint
  /** Default -1. */
  producerEpoch?: number
  /** Default -1. */
  baseSequence?: number
  isTransactional?: boolean
  isControl?: boolean
  /** Default -1. */
  partitionLeaderEpoch?: number
  /** Set by the cleaner (KIP-534). It replaces the base timestamp. */
  deleteHorizonMs?: number
  /** Default: that of the last record. Larger if compaction removed the last ones. */
  lastOffsetDelta?: number
  /** Default: the largest of the records. Needed if compaction left none. */
  maxTimestamp?: number
}

/**
 * Encodes a batch of magic 2, byte for byte as Kafka's `MemoryRecordsBuilder`. Without records it
 * is the empty batch with which the cleaner keeps a producer's sequence.
 */
export function encodeBatch(
  records: readonly RecordInput[],
  options: EncodeOptions = {},
): Uint8Array {
  const baseTimestamp = options.deleteHorizonMs ?? records[0]?.timestamp ?? NO_TIMESTAMP
  const compression = options.compression ?? CompressionType.None
  if (compression === CompressionType.None || records.length === 0) {
    const sizes = records.map((record, index) => bodySize(record, index, baseTimestamp))
    const bytes = Buffer.allocUnsafe(layout.BATCH_OVERHEAD + totalSize(sizes))
    putRecords(bytes, layout.BATCH_OVERHEAD, records, sizes, baseTimestamp)
    return putHeader(bytes, records, baseTimestamp, options)
  }
  const compressed = compress(compression, encodeRecords(records, baseTimestamp), options.level)
  const bytes = Buffer.allocUnsafe(layout.BATCH_OVERHEAD + compressed.length)
  bytes.set(compressed, layout.BATCH_OVERHEAD)
  return putHeader(bytes, records, baseTimestamp, options)
}

/** Encodes only the records, as they follow the header of a batch before compression. */
function encodeRecords(records: readonly RecordInput[], baseTimestamp: number): Uint8Array {
  const sizes = records.map((record, index) => bodySize(record, index, baseTimestamp))
  const bytes = Buffer.allocUnsafe(totalSize(sizes))
  putRecords(bytes, 0, records, sizes, baseTimestamp)
  return bytes
}

function putHeader(
  bytes: Buffer,
  records: readonly RecordInput[],
  baseTimestamp: number,
  options: EncodeOptions,
): Uint8Array {
  const last = records.length - 1
  putInt64(bytes, layout.BASE_OFFSET, options.baseOffset ?? 0)
  putInt32(bytes, layout.LENGTH, bytes.length - layout.LOG_OVERHEAD)
  putInt32(bytes, layout.PARTITION_LEADER_EPOCH, options.partitionLeaderEpoch ?? -1)
  bytes[layout.MAGIC] = 2
  putInt16(bytes, layout.ATTRIBUTES, attributesOf(options))
  const lastOffsetDelta = options.lastOffsetDelta ?? records[last]?.offsetDelta ?? Math.max(last, 0)
  putInt32(bytes, layout.LAST_OFFSET_DELTA, lastOffsetDelta)
  putInt64(bytes, layout.BASE_TIMESTAMP, baseTimestamp)
  putInt64(bytes, layout.MAX_TIMESTAMP, maxTimestampOf(records, options))
  putInt64(bytes, layout.PRODUCER_ID, options.producerId ?? -1)
  putInt16(bytes, layout.PRODUCER_EPOCH, options.producerEpoch ?? -1)
  putInt32(bytes, layout.BASE_SEQUENCE, options.baseSequence ?? -1)
  putInt32(bytes, layout.RECORD_COUNT, records.length)
  putInt32(bytes, layout.CRC, crc32c(bytes, layout.ATTRIBUTES))
  return bytes
}

function attributesOf(options: EncodeOptions): number {
  return (
    compressionId(options.compression ?? CompressionType.None) |
    (options.timestampType === TimestampType.LogAppendTime ? layout.LOG_APPEND_TIME_FLAG : 0) |
    (options.isTransactional ? layout.TRANSACTIONAL_FLAG : 0) |
    (options.isControl ? layout.CONTROL_FLAG : 0) |
    (options.deleteHorizonMs === undefined ? 0 : layout.DELETE_HORIZON_FLAG)
  )
}

function maxTimestampOf(records: readonly RecordInput[], options: EncodeOptions): number {
  if (
    options.timestampType === TimestampType.LogAppendTime &&
    options.logAppendTimeMs !== undefined
  ) {
    return options.logAppendTimeMs
  }
  if (options.maxTimestamp !== undefined) return options.maxTimestamp
  let max = NO_TIMESTAMP
  for (const { timestamp } of records)
    if (timestamp !== undefined && timestamp > max) max = timestamp
  return max
}

/** Returns the size of a record without its length field. */
function bodySize(record: RecordInput, index: number, baseTimestamp: number): number {
  const { headers } = record
  let size =
    1 +
    varlongSize((record.timestamp ?? NO_TIMESTAMP) - baseTimestamp) +
    varintSize(record.offsetDelta ?? index) +
    fieldSize(record.key) +
    fieldSize(record.value) +
    varintSize(headers === undefined ? 0 : headers.length)
  if (headers !== undefined) {
    for (const { key, value } of headers) {
      const keySize = Buffer.byteLength(key)
      size += varintSize(keySize) + keySize + fieldSize(value)
    }
  }
  return size
}

function fieldSize(field: Uint8Array | null | undefined): number {
  return field == null ? 1 : varintSize(field.length) + field.length
}

function totalSize(sizes: readonly number[]): number {
  let total = 0
  for (const size of sizes) total += varintSize(size) + size
  return total
}

function putRecords(
  bytes: Buffer,
  start: number,
  records: readonly RecordInput[],
  sizes: readonly number[],
  baseTimestamp: number,
): void {
  let position = start
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!
    const headers = record.headers ?? []
    position = putVarint(bytes, position, sizes[index]!)
    bytes[position++] = 0
    position = putVarlong(bytes, position, (record.timestamp ?? NO_TIMESTAMP) - baseTimestamp)
    position = putVarint(bytes, position, record.offsetDelta ?? index)
    position = putField(bytes, position, record.key)
    position = putField(bytes, position, record.value)
    position = putVarint(bytes, position, headers.length)
    for (const { key, value } of headers) {
      position = putVarint(bytes, position, Buffer.byteLength(key))
      position += bytes.write(key, position)
      position = putField(bytes, position, value)
    }
  }
}

function putField(bytes: Buffer, position: number, field: Uint8Array | null | undefined): number {
  if (field == null) return putVarint(bytes, position, -1)
  const start = putVarint(bytes, position, field.length)
  bytes.set(field, start)
  return start + field.length
}
