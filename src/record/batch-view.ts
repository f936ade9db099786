import { crc32 } from 'node:zlib'
import { crc32c } from '../platform/crc32c.ts'
import * as layout from './batch-layout.ts'
import { int16At, int32At, int64At, putInt16, putInt32, putInt64, uint32At } from './big-endian.ts'
import { COMPRESSION_MASK, type CompressionType, compressionTypes } from './compression-type.ts'
import { BrokenStreamError, CorruptRecordError } from './corrupt-record-error.ts'
import { NO_TIMESTAMP, TimestampType } from './timestamp-type.ts'

/**
 * The header of a record batch, read in place (Kafka's `DefaultRecordBatch`). No record is decoded
 * and nothing is copied. A message of magic 0 or 1, plain or the wrapper of a compressed set, is a
 * batch too (`AbstractLegacyRecordBatch`): it has no leader epoch and no producer, its offset is
 * that of its last record, and only decompression tells the number of records of a wrapper.
 *
 * Views are cheap and short-lived. Create them where {@link batchSizeAt} found a batch.
 */
export class BatchView {
  /**
   * The buffer that contains the batch, from {@link start} on, for code that reads many batches
   * without slices.
   */
  readonly buffer: Uint8Array
  /** The position of the batch in {@link buffer}. */
  readonly start: number
  // The most used fields are read once.
  readonly magic: number
  /** The size of the whole batch, including header and length field. */
  readonly sizeInBytes: number
  readonly lastOffsetDelta: number
  #baseOffset: number
  #attributes: number
  #maxTimestamp: number

  /** @param start the position of the batch in `bytes`; bytes after the batch are ignored */
  constructor(bytes: Uint8Array, start = 0) {
    const magic = bytes[start + layout.MAGIC]!
    this.buffer = bytes
    this.start = start
    this.magic = magic
    this.sizeInBytes = layout.LOG_OVERHEAD + int32At(bytes, start + layout.LENGTH)
    this.#baseOffset = int64At(bytes, start)
    if (magic >= 2) {
      this.lastOffsetDelta = int32At(bytes, start + layout.LAST_OFFSET_DELTA)
      this.#attributes = int16At(bytes, start + layout.ATTRIBUTES)
      this.#maxTimestamp = int64At(bytes, start + layout.MAX_TIMESTAMP)
    } else {
      this.lastOffsetDelta = 0
      this.#attributes = bytes[start + layout.LEGACY_ATTRIBUTES]!
      this.#maxTimestamp =
        magic === 0 ? NO_TIMESTAMP : int64At(bytes, start + layout.LEGACY_TIMESTAMP)
    }
  }

  /**
   * The offset of the first record, even if compaction removed it; for magic 0 and 1 the same as
   * {@link lastOffset}.
   */
  get baseOffset(): number {
    return this.#baseOffset
  }

  get lastOffset(): number {
    return this.#baseOffset + this.lastOffsetDelta
  }

  get nextOffset(): number {
    return this.lastOffset + 1
  }

  /** -1 for magic 0 and 1. */
  get partitionLeaderEpoch(): number {
    return this.#isLegacy() ? -1 : int32At(this.buffer, this.start + layout.PARTITION_LEADER_EPOCH)
  }

  /** The stored checksum, unsigned: CRC-32C for magic 2, CRC-32 before. */
  get checksum(): number {
    return uint32At(this.buffer, this.start + (this.#isLegacy() ? layout.LEGACY_CRC : layout.CRC))
  }

  /** Returns the checksum of the bytes. */
  computeChecksum(): number {
    const start = this.start
    const end = start + this.sizeInBytes
    if (this.#isLegacy()) return crc32(this.buffer.subarray(start + layout.MAGIC, end))
    return crc32c(this.buffer, start + layout.ATTRIBUTES, end)
  }

  get isChecksumValid(): boolean {
    return this.computeChecksum() === this.checksum
  }

  get attributes(): number {
    return this.#attributes
  }

  /** @throws BrokenStreamError if the attributes contain an unknown codec */
  get compression(): CompressionType {
    const id = this.attributes & COMPRESSION_MASK
    const type = compressionTypes[id]
    if (type === undefined) throw new BrokenStreamError(`Unknown compression type id: ${id}`)
    return type
  }

  get isCompressed(): boolean {
    return (this.attributes & COMPRESSION_MASK) !== 0
  }

  get timestampType(): TimestampType {
    if (this.magic === 0) return TimestampType.NoTimestampType
    return this.attributes & layout.LOG_APPEND_TIME_FLAG
      ? TimestampType.LogAppendTime
      : TimestampType.CreateTime
  }

  get isTransactional(): boolean {
    return !this.#isLegacy() && (this.attributes & layout.TRANSACTIONAL_FLAG) !== 0
  }

  get isControl(): boolean {
    return !this.#isLegacy() && (this.attributes & layout.CONTROL_FLAG) !== 0
  }

  get hasDeleteHorizon(): boolean {
    return !this.#isLegacy() && (this.attributes & layout.DELETE_HORIZON_FLAG) !== 0
  }

  /**
   * The time from which the cleaner may drop the tombstones and markers of the batch (KIP-534);
   * `undefined` before their first cleaning.
   */
  get deleteHorizonMs(): number | undefined {
    return this.hasDeleteHorizon ? this.baseTimestamp : undefined
  }

  /** The base of the records' timestamp deltas. */
  get baseTimestamp(): number {
    if (this.#isLegacy()) return this.maxTimestamp
    return int64At(this.buffer, this.start + layout.BASE_TIMESTAMP)
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  get producerId(): number {
    return this.#isLegacy() ? -1 : int64At(this.buffer, this.start + layout.PRODUCER_ID)
  }

  get hasProducerId(): boolean {
    return !this.#isLegacy() && this.buffer[this.start + layout.PRODUCER_ID]! < 0x80
  }

  get producerEpoch(): number {
    return this.#isLegacy() ? -1 : int16At(this.buffer, this.start + layout.PRODUCER_EPOCH)
  }

  get baseSequence(): number {
    return this.#isLegacy() ? -1 : int32At(this.buffer, this.start + layout.BASE_SEQUENCE)
  }

  /** The sequence of the last record. After 2^31 - 1 sequences continue with 0. */
  get lastSequence(): number {
    const { baseSequence } = this
    if (baseSequence < 0) return baseSequence
    return (baseSequence + this.lastOffsetDelta) % 0x80000000
  }

  /**
   * The number of records in the header; 1 for magic 0 and 1, where a wrapper does not contain it.
   */
  get recordCount(): number {
    return this.#isLegacy() ? 1 : int32At(this.buffer, this.start + layout.RECORD_COUNT)
  }

  /** The slice of this batch. */
  get bytes(): Uint8Array {
    const { sizeInBytes } = this
    if (this.start === 0 && sizeInBytes === this.buffer.length) return this.buffer
    return this.buffer.subarray(this.start, this.start + sizeInBytes)
  }

  /** Sets the base offset, which the checksum does not cover. For magic 2. */
  stampBaseOffset(offset: number): void {
    this.#baseOffset = offset
    putInt64(this.buffer, this.start, offset)
  }

  /** Sets the leader epoch, which the checksum does not cover. For magic 2. */
  stampLeaderEpoch(epoch: number): void {
    putInt32(this.buffer, this.start + layout.PARTITION_LEADER_EPOCH, epoch)
  }

  /**
   * Sets the largest timestamp and the timestamp type, clears unused attributes, and sets the
   * checksum. For magic 2.
   */
  stampMaxTimestamp(type: TimestampType, maxTimestamp: number): void {
    const isLogAppendTime = type === TimestampType.LogAppendTime
    const attributes =
      (this.attributes & layout.KNOWN_ATTRIBUTES & ~layout.LOG_APPEND_TIME_FLAG) |
      (isLogAppendTime ? layout.LOG_APPEND_TIME_FLAG : 0)
    this.#attributes = attributes
    this.#maxTimestamp = maxTimestamp
    putInt16(this.buffer, this.start + layout.ATTRIBUTES, attributes)
    putInt64(this.buffer, this.start + layout.MAX_TIMESTAMP, maxTimestamp)
    putInt32(this.buffer, this.start + layout.CRC, this.computeChecksum())
  }

  /** A method, because private getters are slow in V8. */
  #isLegacy(): boolean {
    return this.magic < 2
  }
}

/**
 * Returns the size of the batch at `position`, or 0 if it is incomplete, as at the end of a file or
 * of a Fetch response (Kafka's `ByteBufferLogInputStream`). Allocates nothing. To iterate: `for
 * (let size; (size = batchSizeAt(bytes, position)) > 0; position += size)`.
 *
 * @throws CorruptRecordError if no batch can start there: a length below the minimum, or an unknown
 * magic
 */
export function batchSizeAt(bytes: Uint8Array, position: number, end = bytes.length): number {
  const remaining = end - position
  if (remaining < layout.LOG_OVERHEAD) return 0
  const length = int32At(bytes, position + layout.LENGTH)
  if (length < layout.RECORD_OVERHEAD_V0) {
    throw new CorruptRecordError(
      `Record size ${length} is less than the minimum record overhead (${layout.RECORD_OVERHEAD_V0})`,
    )
  }
  if (remaining <= layout.MAGIC) return 0
  const magic = bytes[position + layout.MAGIC]!
  if (magic > 2)
    throw new CorruptRecordError(`Invalid magic found in record: ${(magic << 24) >> 24}`)
  const size = layout.LOG_OVERHEAD + length
  if (magic === 2 && size < layout.BATCH_OVERHEAD) {
    throw new CorruptRecordError(
      `Record batch is corrupt (the size ${size} is smaller than the minimum allowed overhead ${layout.BATCH_OVERHEAD})`,
    )
  }
  if (magic === 1 && length < layout.RECORD_OVERHEAD_V1) {
    throw new CorruptRecordError(
      `Record size ${length} is less than the minimum record overhead (${layout.RECORD_OVERHEAD_V1})`,
    )
  }
  return size <= remaining ? size : 0
}

/**
 * Yields the batches in `bytes`, in order, up to an incomplete one.
 *
 * @throws CorruptRecordError as {@link batchSizeAt} does
 */
export function* batchesOf(bytes: Uint8Array): Generator<BatchView, void, undefined> {
  for (let position = 0, size; (size = batchSizeAt(bytes, position)) > 0; position += size) {
    yield new BatchView(bytes, position)
  }
}
