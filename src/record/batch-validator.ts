import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { BATCH_OVERHEAD } from './batch-layout.ts'
import { BatchView, batchSizeAt } from './batch-view.ts'
import { encodeBatch, type RecordInput } from './batch-encoder.ts'
import { CompressionType, isCompressionType } from './compression-type.ts'
import { decompressInto, MAX_DECOMPRESSED_BYTES } from './compression.ts'
import { CorruptRecordError, RecordTooLargeError } from './corrupt-record-error.ts'
import { DecodeBuffer } from './decode-buffer.ts'
import { checkProduceRequest } from './produce-request-check.ts'
import { forgetWalkedRecords, type OpenedRecords, refuse, walkRecords } from './record-validator.ts'
import { type KafkaRecord, recordsIn } from './records.ts'
import { NO_TIMESTAMP, TimestampType } from './timestamp-type.ts'
import {
  AppendOrigin,
  RecordsRejected,
  type ValidatedRecords,
  type ValidationRules,
} from './validation-rules.ts'

const NO_PRODUCER = -1

/** The maximum size of a record's length field. */
const RECORD_LENGTH_BYTES = 5

/** A batch may always decompress to this size: the limit applies to each of its records. */
const ALWAYS_DECODED_BYTES = 64 * 1024

/**
 * Checks records before a leader appends them (Kafka's `ProduceRequest.validateRecords`,
 * `UnifiedLog.analyzeAndValidateRecords` and `LogValidator`). Batches are stamped in place; they
 * are encoded again only if the topic's `compression.type` differs. An incomplete batch at the end
 * is dropped, as in Kafka. Offsets and the leader epoch are set by the log.
 *
 * All records are read, in one pass that allocates nothing: Kafka refuses invalid ones and corrects
 * a header with a wrong largest timestamp. Compressed batches are decompressed for it into reused
 * memory.
 */
export function validateRecords(
  records: Uint8Array,
  rules: ValidationRules,
): ValidatedRecords | RecordsRejected {
  if (rules.produceVersion !== undefined) {
    const rejection = checkProduceRequest(records, rules.produceVersion)
    if (rejection !== undefined) return rejection
  }
  try {
    return validateBatches(records, rules)
  } catch (error) {
    if (error instanceof CorruptRecordError) return refuseUnread(ErrorCode.CorruptMessage)
    throw error
  }
}

function validateBatches(
  records: Uint8Array,
  rules: ValidationRules,
): ValidatedRecords | RecordsRejected {
  const batches: BatchView[] = []
  let end = 0
  for (let size; (size = batchSizeAt(records, end)) > 0; end += size) {
    const batch = new BatchView(records, end)
    const rejection = checkIntegrity(batch, size, rules)
    if (rejection !== undefined) return rejection
    batches.push(batch)
  }
  const whole = end < records.length ? records.subarray(0, end) : records
  const isReplicated = rules.origin === AppendOrigin.Replication
  let maxTimestamp = -1
  for (const batch of batches) {
    const verdict = isReplicated ? batch : validateBatch(batch, rules)
    if (verdict instanceof ApiError) return verdict
    if (verdict !== batch) {
      // As in Kafka, only a single batch can be compressed again.
      return batches.length > 1
        ? refuse(ErrorCode.InvalidRecord)
        : accept(verdict.bytes, [verdict], verdict.maxTimestamp, rules)
    }
    maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp)
  }
  return accept(whole, batches, maxTimestamp, rules)
}

function accept(
  records: Uint8Array,
  batches: readonly BatchView[],
  maxTimestamp: number,
  { origin, timestampType, nowMs }: ValidationRules,
): ValidatedRecords {
  const isStamped =
    timestampType === TimestampType.LogAppendTime && origin !== AppendOrigin.Replication
  return { records, batches, maxTimestamp, logAppendTimeMs: isStamped ? nowMs : -1 }
}

/** Checks every batch before any of them is opened. */
function checkIntegrity(
  batch: BatchView,
  sizeInBytes: number,
  rules: ValidationRules,
): RecordsRejected | undefined {
  if (rules.origin === AppendOrigin.Client && batch.baseOffset !== 0) {
    return refuse(ErrorCode.InvalidRecord)
  }
  const isSizeChecked = rules.origin !== AppendOrigin.Replication
  if (isSizeChecked && sizeInBytes > rules.maxMessageBytes) {
    return refuseUnread(ErrorCode.MessageTooLarge)
  }
  if (!batch.isChecksumValid) return refuseUnread(ErrorCode.CorruptMessage)
  if (!isCompressionType(batch.attributes)) return refuse(ErrorCode.UnknownServerError)
  return undefined
}

/** Returns the batch itself, stamped, or its new encoding. */
function validateBatch(batch: BatchView, rules: ValidationRules): BatchView | RecordsRejected {
  if (batch.magic < 2 || (rules.origin === AppendOrigin.Client && !isClientBatch(batch))) {
    return refuse(ErrorCode.InvalidRecord)
  }
  const { compression } = batch
  const target = targetCompression(compression, rules)
  const isUncompressed = compression === CompressionType.None
  const isReencoded = target !== compression && !(isUncompressed && batch.isControl)
  opened.isReadByParts = !isUncompressed && !isReencoded
  try {
    if (isUncompressed) openPlain(batch)
    else if (!openCompressed(batch, compression, rules)) return refuse(ErrorCode.InvalidRecord)
    return validateOpened(batch, isReencoded ? target : undefined, rules)
  } finally {
    // Neither a large batch nor a request is kept in memory until the next one.
    scratch.release()
    opened.bytes = NO_BYTES
    forgetWalkedRecords()
  }
}

function validateOpened(
  batch: BatchView,
  target: CompressionType | undefined,
  rules: ValidationRules,
): BatchView | RecordsRejected {
  const walked = walkRecords(batch, opened, rules)
  if (walked instanceof ApiError) return walked
  if (target !== undefined) {
    const content = opened.bytes.subarray(0, opened.end)
    return reencode(batch, recordsIn(batch, content, opened.start), target, rules)
  }
  // Kafka would have to number these records again, and fails.
  if (opened.isReadByParts && !walked.isContiguous) return refuse(ErrorCode.UnknownServerError)
  return stampTimestamps(batch, walked.maxTimestamp, rules)
}

/** Memory for decompressed batches, used only during a call. */
const scratch = new DecodeBuffer()

const NO_BYTES = new Uint8Array(0)

/** The records of the batch that is being validated. */
const opened: OpenedRecords = {
  bytes: NO_BYTES,
  start: 0,
  end: 0,
  isBroken: false,
  isReadByParts: false,
}

function openPlain({ buffer, start, sizeInBytes }: BatchView): void {
  opened.bytes = buffer
  opened.start = start + BATCH_OVERHEAD
  opened.end = start + sizeInBytes
  opened.isBroken = false
}

/** Returns false if the content exceeds the limit of a batch. */
function openCompressed(
  batch: BatchView,
  compression: Exclude<CompressionType, 'none'>,
  rules: ValidationRules,
): boolean {
  const payload = batch.bytes.subarray(BATCH_OVERHEAD)
  const mostBytes = batch.recordCount * (rules.maxDecompressedMessageBytes + RECORD_LENGTH_BYTES)
  const maxBytes = Math.min(Math.max(mostBytes, ALWAYS_DECODED_BYTES), MAX_DECOMPRESSED_BYTES)
  opened.isBroken = false
  try {
    decompressInto(compression, payload, scratch, maxBytes)
  } catch (error) {
    if (error instanceof RecordTooLargeError) return false
    if (!(error instanceof CorruptRecordError)) throw error
    opened.isBroken = true
  }
  opened.bytes = scratch.bytes
  opened.start = 0
  opened.end = scratch.size
  return true
}

/** Whether a client may send a batch with this header. */
function isClientBatch(batch: BatchView): boolean {
  const { recordCount } = batch
  if (recordCount <= 0 || batch.lastOffsetDelta + 1 !== recordCount) return false
  if (batch.isControl) return false
  return !batch.hasProducerId || batch.baseSequence >= 0
}

/**
 * Sets the header according to the topic's config and the records, and computes the checksum again
 * if it changed.
 */
function stampTimestamps(
  batch: BatchView,
  maxTimestamp: number,
  rules: ValidationRules,
): BatchView {
  const { timestampType } = rules
  const stamp = timestampType === TimestampType.LogAppendTime ? rules.nowMs : maxTimestamp
  if (batch.timestampType !== timestampType || batch.maxTimestamp !== stamp) {
    batch.stampMaxTimestamp(timestampType, stamp)
  }
  return batch
}

function reencode(
  batch: BatchView,
  records: Iterable<KafkaRecord>,
  target: CompressionType,
  rules: ValidationRules,
): BatchView | RecordsRejected {
  // Kafka's `MemoryRecordsBuilder` throws for a producer without epoch and for a negative
  // timestamp.
  const hasEpoch = batch.producerId === NO_PRODUCER || batch.producerEpoch >= 0
  if (!hasEpoch) return refuse(ErrorCode.UnknownServerError)
  const inputs: RecordInput[] = []
  for (const { timestamp, key, value, headers } of records) {
    if (timestamp < NO_TIMESTAMP) return refuse(ErrorCode.UnknownServerError)
    inputs.push({ timestamp, key, value, headers })
  }
  const level = target === 'none' || target === 'snappy' ? undefined : rules.levels?.[target]
  const bytes = encodeBatch(inputs, {
    compression: target,
    ...(level === undefined ? {} : { level }),
    timestampType: rules.timestampType,
    ...(rules.timestampType === TimestampType.LogAppendTime
      ? { logAppendTimeMs: rules.nowMs }
      : {}),
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
  })
  if (bytes.length > rules.maxMessageBytes) return refuseUnread(ErrorCode.MessageTooLarge)
  return new BatchView(bytes)
}

function targetCompression(ofProducer: CompressionType, rules: ValidationRules): CompressionType {
  if (rules.compressionType === 'producer') return ofProducer
  return rules.compressionType === 'uncompressed' ? CompressionType.None : rules.compressionType
}

/**
 * Returns a refusal of a batch as a whole, for which Kafka's response does not contain the log
 * start offset.
 */
function refuseUnread(errorCode: ErrorCode): RecordsRejected {
  return new RecordsRejected(errorCode, null, [], false)
}
