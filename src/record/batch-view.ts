import { crc32 } from 'node:zlib'
import { crc32c } from '../platform/crc32c.ts'
import * as layout from './batch-layout.ts'
import { int16At, int32At, int64At, putInt16, putInt32, putInt64, uint32At } from './big-endian.ts'
import { COMPRESSION_MASK, type CompressionType, compressionTypes } from './compression-type.ts'
import { BrokenStreamError, CorruptRecordError } from './corrupt-record-error.ts'
import { NO_TIMESTAMP, TimestampType } from './timestamp-type.ts'

/**
 * The header of one record batch, read where it lies (Kafka's `DefaultRecordBatch`); no record is
 * decoded and nothing is copied. A message of magic 0 or 1, plain or the wrapper of a compressed
 * set, is a batch of its own (`AbstractLegacyRecordBatch`): it has no leader epoch and no producer,
 * its offset is that of its last record, and how many records a wrapper holds only decompression
 * tells.
 *
 * Views are cheap and short-lived; a view must be made where {@link batchSizeAt} found a batch.
 */
export class BatchView {
  /** What the batch lies in, from {@link start} on, for who looks at many batches and makes no slices. */
  readonly buffer: Uint8Array
  /** Where in {@link buffer} the batch begins. */
  readonly start: number
  // What almost everybody asks for, most of it more than once, is read at once.
  readonly magic: number
  /** The whole batch, header and length field included. */
  readonly sizeInBytes: number
  readonly lastOffsetDelta: number
  #baseOffset: number
  #attributes: number
  #maxTimestamp: number

  /** @param start where the batch begins in `bytes`; what follows the batch is left alone */
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
   * Of the first record, even when compaction removed it; for magic 0 and 1 the same as {@link
   * lastOffset}.
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
    return this.#isLegacy ? -1 : int32At(this.buffer, this.start + layout.PARTITION_LEADER_EPOCH)
  }

  /** As stored, unsigned: CRC-32C for magic 2, CRC-32 before. */
  get checksum(): number {
    return uint32At(this.buffer, this.start + (this.#isLegacy ? layout.LEGACY_CRC : layout.CRC))
  }

  /** The checksum that the bytes have. */
  computeChecksum(): number {
    const start = this.start
    const end = start + this.sizeInBytes
    if (this.#isLegacy) return crc32(this.buffer.subarray(start + layout.MAGIC, end))
    return crc32c(this.buffer, start + layout.ATTRIBUTES, end)
  }

  get isChecksumValid(): boolean {
    return this.computeChecksum() === this.checksum
  }

  get attributes(): number {
    return this.#attributes
  }

  /** @throws BrokenStreamError when the attributes name no codec of Kafka's */
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
    return !this.#isLegacy && (this.attributes & layout.TRANSACTIONAL_FLAG) !== 0
  }

  get isControl(): boolean {
    return !this.#isLegacy && (this.attributes & layout.CONTROL_FLAG) !== 0
  }

  get hasDeleteHorizon(): boolean {
    return !this.#isLegacy && (this.attributes & layout.DELETE_HORIZON_FLAG) !== 0
  }

  /**
   * When the cleaner may drop the tombstones and markers of the batch (KIP-534); `undefined` until
   * it has seen them.
   */
  get deleteHorizonMs(): number | undefined {
    return this.hasDeleteHorizon ? this.baseTimestamp : undefined
  }

  /** What the records' timestamp deltas count from. */
  get baseTimestamp(): number {
    if (this.#isLegacy) return this.maxTimestamp
    return int64At(this.buffer, this.start + layout.BASE_TIMESTAMP)
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  get producerId(): number {
    return this.#isLegacy ? -1 : int64At(this.buffer, this.start + layout.PRODUCER_ID)
  }

  get hasProducerId(): boolean {
    return !this.#isLegacy && this.buffer[this.start + layout.PRODUCER_ID]! < 0x80
  }

  get producerEpoch(): number {
    return this.#isLegacy ? -1 : int16At(this.buffer, this.start + layout.PRODUCER_EPOCH)
  }

  get baseSequence(): number {
    return this.#isLegacy ? -1 : int32At(this.buffer, this.start + layout.BASE_SEQUENCE)
  }

  /** The sequence of the last record; after 2^31 - 1 sequences start again at 0. */
  get lastSequence(): number {
    const { baseSequence } = this
    if (baseSequence < 0) return baseSequence
    return (baseSequence + this.lastOffsetDelta) % 0x80000000
  }

  /**
   * How many records the header says there are; for magic 0 and 1, where a wrapper does not say, 1.
   */
  get recordCount(): number {
    return this.#isLegacy ? 1 : int32At(this.buffer, this.start + layout.RECORD_COUNT)
  }

  /** The slice of this batch. */
  get bytes(): Uint8Array {
    const { sizeInBytes } = this
    if (this.start === 0 && sizeInBytes === this.buffer.length) return this.buffer
    return this.buffer.subarray(this.start, this.start + sizeInBytes)
  }

  /** Gives the batch its place in the log; the checksum does not cover it. For magic 2. */
  stampBaseOffset(offset: number): void {
    this.#baseOffset = offset
    putInt64(this.buffer, this.start, offset)
  }

  /** The checksum does not cover it. For magic 2. */
  stampLeaderEpoch(epoch: number): void {
    putInt32(this.buffer, this.start + layout.PARTITION_LEADER_EPOCH, epoch)
  }

  /**
   * Sets the largest timestamp and what timestamps mean, clears attributes that have no meaning, and
   * sets the checksum. For magic 2.
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

  get #isLegacy(): boolean {
    return this.magic < 2
  }
}

/**
 * The size of the batch that begins at `position`, or 0 when it is not there whole: the torn tail
 * of a file or of a Fetch answer (Kafka's `ByteBufferLogInputStream`). Allocates nothing; walks a
 * buffer as `for (let size; (size = batchSizeAt(bytes, position)) > 0; position += size)`.
 *
 * @throws CorruptRecordError when no batch can begin there: a length below the smallest, or an
 *   unknown magic
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
 * The batches in `bytes`, in order, up to a torn tail.
 *
 * @throws CorruptRecordError as {@link batchSizeAt} does
 */
export function* batchesOf(bytes: Uint8Array): Generator<BatchView, void, undefined> {
  for (let position = 0, size; (size = batchSizeAt(bytes, position)) > 0; position += size) {
    yield new BatchView(bytes, position)
  }
}
