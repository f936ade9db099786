import { ErrorCode } from '../protocol/error-code.ts'
import * as layout from './batch-layout.ts'
import { BatchView, batchSizeAt } from './batch-view.ts'
import { int32At } from './big-endian.ts'
import { COMPRESSION_MASK, compressionTypes } from './compression-type.ts'
import { CorruptRecordError } from './corrupt-record-error.ts'
import { RecordsRejected } from './validation-rules.ts'

/** The first version of Produce that accepts zstd (KIP-110). */
const ZSTD_FROM_VERSION = 7

/**
 * Checks a Produce request before the log (Kafka's `ProduceRequest.validateRecords`): from version
 * 3 on, exactly one batch of magic 2 per partition. Returns `undefined` if it is valid.
 */
export function checkProduceRequest(
  records: Uint8Array,
  produceVersion: number,
): RecordsRejected | undefined {
  let size: number
  try {
    size = batchSizeAt(records, 0)
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
    return reject(ErrorCode.CorruptMessage, isBatchBegin(records) ? null : error.message)
  }
  if (size === 0) return reject(ErrorCode.InvalidRecord)
  const batch = new BatchView(records)
  if (batch.magic !== 2) return reject(ErrorCode.InvalidRecord)
  const compression = compressionTypes[batch.attributes & COMPRESSION_MASK]
  if (produceVersion < ZSTD_FROM_VERSION && compression === 'zstd') {
    return reject(ErrorCode.UnsupportedCompressionType)
  }
  try {
    if (batchSizeAt(records, size) > 0) return reject(ErrorCode.InvalidRecord)
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
    return reject(ErrorCode.CorruptMessage)
  }
  return undefined
}

/**
 * Whether Kafka would detect a batch here, and only the log find it too short. Kafka sends a
 * message only if it detects none.
 */
function isBatchBegin(records: Uint8Array): boolean {
  return int32At(records, layout.LENGTH) >= layout.RECORD_OVERHEAD_V0 && records[layout.MAGIC]! <= 2
}

function reject(errorCode: ErrorCode, message: string | null = null): RecordsRejected {
  return new RecordsRejected(errorCode, message, [], false)
}
