import { ErrorCode } from '../protocol/error-code.ts'
import { BATCH_OVERHEAD } from './batch-layout.ts'
import { BatchView, batchSizeAt } from './batch-view.ts'
import { encodeBatch, type RecordInput } from './batch-encoder.ts'
import { CompressionType, isCompressionType } from './compression-type.ts'
import { MAX_DECOMPRESSED_BYTES } from './compression.ts'
import { CorruptRecordError, RecordTooLargeError } from './corrupt-record-error.ts'
import { checkProduceRequest } from './produce-request-check.ts'
import { refuse, walkRecords } from './record-validator.ts'
import { type KafkaRecord, recordsIn, uncompressedRecords } from './records.ts'
import { TimestampType } from './timestamp-type.ts'
import {
  AppendOrigin,
  type RecordsRejected,
  type ValidatedRecords,
  type ValidationRules,
} from './validation.ts'

/** `max.decompressed.message.bytes` when nobody set it: no record is larger. */
const UNLIMITED_RECORD_BYTES = 0x7fffffff - 8

/** The most bytes that the length of a record takes in front of it. */
const RECORD_LENGTH_BYTES = 5

/**
 * What a leader checks before it appends (Kafka's `ProduceRequest.validateRecords`,
 * `UnifiedLog.analyzeAndValidateRecords` and `LogValidator`). Batches are stamped in place; only a
 * topic whose `compression.type` is another than the batch's has them encoded anew. A torn tail is
 * cut off, as Kafka does. Offsets and the leader epoch are left to the log.
 *
 * How deep it looks: headers and checksums always; the records of an uncompressed batch in one walk
 * that allocates nothing, since Kafka refuses broken ones and corrects a header that names the
 * wrong largest timestamp. A compressed batch is opened only where the configuration speaks of its
 * records (compacted topic, `message.timestamp.before.max.ms`, `max.decompressed.message.bytes`,
 * another codec) or its header is suspect; otherwise its header is believed, which Kafka does not
 * do.
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
    if ('errorCode' in verdict) return verdict
    if (verdict !== batch) {
      // As in Kafka, where only a single batch can be compressed anew.
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

/** What is checked of every batch before any is looked into. */
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

/** The batch itself, stamped, or the one it was encoded to anew. */
function validateBatch(batch: BatchView, rules: ValidationRules): BatchView | RecordsRejected {
  if (batch.magic < 2 || (rules.origin === AppendOrigin.Client && !isClientBatch(batch))) {
    return refuse(ErrorCode.InvalidRecord)
  }
  const { compression } = batch
  const target = targetCompression(compression, rules)
  const isReencoded = target !== compression && !batch.isControl
  const isCompressed = compression !== CompressionType.None
  if (isCompressed && !isReencoded && !mustBeOpened(batch, rules)) {
    return stampTimestamps(batch, batch.maxTimestamp, rules)
  }
  const content = isCompressed ? open(batch, rules) : batch.bytes
  if ('errorCode' in content) return content
  const start = isCompressed ? 0 : BATCH_OVERHEAD
  const walked = walkRecords(batch, content, start, rules)
  if ('errorCode' in walked) return walked
  if (isReencoded) return reencode(batch, recordsIn(batch, content, start), target, rules)
  // Kafka would have to number these records anew, and fails at it.
  if (isCompressed && !walked.isContiguous) return refuse(ErrorCode.UnknownServerError)
  return stampTimestamps(batch, walked.maxTimestamp, rules)
}

/** Whether the header is one that a client may send. */
function isClientBatch(batch: BatchView): boolean {
  const { recordCount } = batch
  if (recordCount <= 0 || batch.lastOffsetDelta + 1 !== recordCount) return false
  if (batch.isControl) return false
  return !batch.hasProducerId || batch.baseSequence >= 0
}

/** Whether the records of a compressed batch have a say in whether it is taken. */
function mustBeOpened(batch: BatchView, rules: ValidationRules): boolean {
  if (rules.isCompacted || rules.maxDecompressedMessageBytes < UNLIMITED_RECORD_BYTES) return true
  if (batch.timestampType === TimestampType.LogAppendTime) return true
  return (
    rules.timestampType === TimestampType.CreateTime &&
    (rules.timestampBeforeMaxMs < Number.MAX_SAFE_INTEGER ||
      batch.maxTimestamp > rules.nowMs + rules.timestampAfterMaxMs)
  )
}

function open(batch: BatchView, rules: ValidationRules): Uint8Array | RecordsRejected {
  const mostBytes = batch.recordCount * (rules.maxDecompressedMessageBytes + RECORD_LENGTH_BYTES)
  try {
    return uncompressedRecords(batch, Math.min(Math.max(mostBytes, 1), MAX_DECOMPRESSED_BYTES))
  } catch (error) {
    if (error instanceof RecordTooLargeError) return refuse(ErrorCode.InvalidRecord)
    if (error instanceof CorruptRecordError) return refuse(ErrorCode.UnknownServerError)
    throw error
  }
}

/**
 * Has the header say what the topic's configuration and the records do, and sets the checksum only
 * if it did not.
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
  const inputs: RecordInput[] = []
  for (const { timestamp, key, value, headers } of records) {
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

/** A refusal of a batch as such, which Kafka answers without naming the log start offset. */
function refuseUnread(errorCode: ErrorCode): RecordsRejected {
  return { errorCode, errorMessage: null, recordErrors: [], namesLogStartOffset: false }
}
