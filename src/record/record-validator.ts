import { ErrorCode } from '../protocol/error-code.ts'
import type { BatchView } from './batch-view.ts'
import { InvalidRecordError } from './corrupt-record-error.ts'
import { MAX_PLAIN_RECORD_BYTES, type PlainRecords, walkPlainRecords } from './plain-records.ts'
import { RecordCursor } from './record-cursor.ts'
import { NO_TIMESTAMP, TimestampType } from './timestamp-type.ts'
import { type RecordError, RecordsRejected, type ValidationRules } from './validation-rules.ts'

/** The result of reading the records of one batch. */
export interface WalkedRecords {
  /** The largest timestamp of a record; -1 if none has one. */
  maxTimestamp: number
  /** Whether the offset deltas are 0, 1, 2 and so on. */
  isContiguous: boolean
}

/** The decompressed records of a batch, and how they are read. */
export interface OpenedRecords {
  bytes: Uint8Array
  start: number
  end: number
  /** Whether the compressed stream is incomplete or invalid after `end`. */
  isBroken: boolean
  /**
   * Whether Kafka keeps the batch compressed: then it skips keys and values, and does not compare
   * the size of a record with its parts.
   */
  isReadByParts: boolean
}

const NO_BYTES = new Uint8Array(0)
const cursor = new RecordCursor(NO_BYTES)

/** Releases the memory of the last records. */
export function forgetWalkedRecords(): void {
  cursor.reset(NO_BYTES, 0, 0)
}

/**
 * Reads the records of a batch as Kafka's `LogValidator.validateRecord` does: structure, number,
 * keys on compacted topics, timestamps. Every invalid record is reported; a malformed one is
 * refused immediately.
 */
export function walkRecords(
  batch: BatchView,
  records: OpenedRecords,
  rules: ValidationRules,
): WalkedRecords | RecordsRejected {
  const plain = records.isBroken ? undefined : walkPlain(batch, records, rules)
  if (plain !== undefined) return plain
  cursor.reset(records.bytes, records.start, records.end)
  try {
    return walk(batch, records, rules)
  } catch (error) {
    if (!(error instanceof InvalidRecordError)) throw error
    return refuse(errorOf(batch, records))
  }
}

/** Returns Kafka's error for records that the cursor could not read. */
function errorOf({ isCompressed }: BatchView, { isBroken }: OpenedRecords): ErrorCode {
  const isUnexpected = cursor.isPastEnd ? isBroken : cursor.isSizeBroken && !isCompressed
  return isUnexpected ? ErrorCode.UnknownServerError : ErrorCode.InvalidRecord
}

/** Returns a refusal of the log, without the message, which Kafka does not send. */
export function refuse(
  errorCode: ErrorCode,
  message: string | null = null,
  recordErrors: RecordError[] = [],
): RecordsRejected {
  return new RecordsRejected(errorCode, message, recordErrors, true)
}

const found: PlainRecords = {
  smallestTimestampDelta: 0,
  largestTimestampDelta: 0,
  hasNullKey: false,
}

/**
 * Returns the result of {@link walk} for valid records in the common form; `undefined` for all
 * others.
 */
function walkPlain(
  batch: BatchView,
  { bytes, start, end }: OpenedRecords,
  rules: ValidationRules,
): WalkedRecords | undefined {
  const { recordCount, baseTimestamp } = batch
  if (recordCount < 1 || batch.timestampType === TimestampType.LogAppendTime) return undefined
  if (batch.isCompressed && rules.maxDecompressedMessageBytes < MAX_PLAIN_RECORD_BYTES)
    return undefined
  if (!walkPlainRecords(bytes, start, end, recordCount, found)) return undefined
  if (rules.isCompacted && found.hasNullKey) return undefined
  const maxTimestamp = baseTimestamp + found.largestTimestampDelta
  if (rules.timestampType === TimestampType.CreateTime) {
    const minTimestamp = baseTimestamp + found.smallestTimestampDelta
    if (minTimestamp < bound(rules.nowMs, -1, rules.timestampBeforeMaxMs)) return undefined
    if (maxTimestamp > bound(rules.nowMs, 1, rules.timestampAfterMaxMs)) return undefined
  }
  return { maxTimestamp: Math.max(maxTimestamp, NO_TIMESTAMP), isContiguous: true }
}

function walk(
  batch: BatchView,
  { isBroken, isReadByParts }: OpenedRecords,
  rules: ValidationRules,
): WalkedRecords | RecordsRejected {
  const { recordCount, baseTimestamp, maxTimestamp: batchTimestamp, isCompressed } = batch
  const { isCompacted } = rules
  const isStampedByProducer = batch.timestampType === TimestampType.LogAppendTime
  const isCreateTime = rules.timestampType === TimestampType.CreateTime
  const earliest = bound(rules.nowMs, -1, rules.timestampBeforeMaxMs)
  const latest = bound(rules.nowMs, 1, rules.timestampAfterMaxMs)
  if (isCompressed) cursor.maxBodySize = rules.maxDecompressedMessageBytes
  let maxTimestamp = NO_TIMESTAMP
  let isContiguous = true
  let faults: Faults | undefined
  for (let index = 0; index < recordCount; index++) {
    if (isReadByParts) cursor.nextByParts()
    else cursor.next()
    const timestamp = isStampedByProducer ? batchTimestamp : baseTimestamp + cursor.timestampDelta
    if (isCompacted && cursor.keySize < 0) {
      faults ??= new Faults(rules)
      faults.addMissingKey(index)
    } else if (isCreateTime && timestamp !== NO_TIMESTAMP) {
      if (timestamp < earliest || timestamp > latest) {
        faults ??= new Faults(rules)
        faults.addOutOfRange(index, timestamp, batch.baseOffset + cursor.offsetDelta)
      }
    } else if (isStampedByProducer) {
      faults ??= new Faults(rules)
      faults.addTimestampType(index, describe(batch, cursor, timestamp, rules))
    }
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
    if (cursor.offsetDelta !== index) isContiguous = false
  }
  if (!cursor.isAtEnd) {
    throw new InvalidRecordError('Incorrect declared batch size, records still remaining in file')
  }
  if (isBroken) return refuse(ErrorCode.UnknownServerError)
  return faults === undefined ? { maxTimestamp, isContiguous } : faults.toRejection()
}

/** The record errors of one batch, with Kafka's messages. */
class Faults {
  readonly #rules: ValidationRules
  readonly #errors: RecordError[] = []
  #hasInvalidTimestamp = false

  constructor(rules: ValidationRules) {
    this.#rules = rules
  }

  addMissingKey(batchIndex: number): void {
    this.#add(
      batchIndex,
      `Compacted topic cannot accept message without key in topic partition ${this.#rules.topicPartition}`,
    )
  }

  addOutOfRange(batchIndex: number, timestamp: number, offset: number): void {
    const { nowMs, timestampBeforeMaxMs, timestampAfterMaxMs } = this.#rules
    const earliest = BigInt.asIntN(64, BigInt(nowMs) - toLong(timestampBeforeMaxMs))
    const latest = BigInt.asIntN(64, BigInt(nowMs) + toLong(timestampAfterMaxMs))
    this.#hasInvalidTimestamp = true
    this.#add(
      batchIndex,
      `Timestamp ${timestamp} of message with offset ${offset} is out of range. ` +
        `The timestamp should be within [${earliest}, ${latest}]`,
    )
  }

  addTimestampType(batchIndex: number, record: string): void {
    this.#hasInvalidTimestamp = true
    this.#add(
      batchIndex,
      `Invalid timestamp type in message ${record}. Producer should not set timestamp type to LogAppendTime.`,
    )
  }

  toRejection(): RecordsRejected {
    const errors = this.#errors
    if (this.#hasInvalidTimestamp) {
      const message = 'One or more records have been rejected due to invalid timestamp'
      return refuse(ErrorCode.InvalidTimestamp, message, errors)
    }
    const first = errors
      .slice(0, 3)
      .map(
        ({ batchIndex, batchIndexErrorMessage }) =>
          `RecordError(batchIndex=${batchIndex}, message='${batchIndexErrorMessage}')`,
      )
    const message =
      `One or more records have been rejected due to ${errors.length} record errors in total, ` +
      `and only showing the first three errors at most: [${first.join(', ')}]`
    return refuse(ErrorCode.InvalidRecord, message, errors)
  }

  #add(batchIndex: number, batchIndexErrorMessage: string): void {
    this.#errors.push({ batchIndex, batchIndexErrorMessage })
  }
}

/**
 * Returns a record as Kafka prints it in an error. Kafka reads the keys of a compressed batch only
 * if it has to.
 */
function describe(
  batch: BatchView,
  cursor: RecordCursor,
  timestamp: number,
  rules: ValidationRules,
): string {
  const isKept = rules.compressionType === 'producer' || rules.compressionType === batch.compression
  const isPartial = batch.isCompressed && isKept
  const keySize = isPartial ? cursor.keySize : Math.max(cursor.keySize, 0)
  const valueSize = isPartial ? cursor.valueSize : Math.max(cursor.valueSize, 0)
  const offset = batch.baseOffset + cursor.offsetDelta
  return (
    `${isPartial ? 'PartialDefaultRecord' : 'DefaultRecord'}(offset=${offset}, timestamp=${timestamp}, ` +
    `key=${keySize} bytes, value=${valueSize} bytes)`
  )
}

function bound(nowMs: number, direction: 1 | -1, distanceMs: number): number {
  return distanceMs >= Number.MAX_SAFE_INTEGER
    ? direction * Infinity
    : nowMs + direction * distanceMs
}

/** Returns Kafka's `long`; a `number` holds the largest values only saturated. */
function toLong(value: number): bigint {
  return value >= Number.MAX_SAFE_INTEGER ? 2n ** 63n - 1n : BigInt(value)
}
