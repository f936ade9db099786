import { ApiError } from '../protocol/api-error.ts'
import type { ErrorCode } from '../protocol/error-code.ts'
import type { BatchView } from './batch-view.ts'
import type { CompressionType } from './compression-type.ts'
import type { TimestampType } from './timestamp-type.ts'

/**
 * The origin of an append (Kafka's `AppendOrigin`). Only the sequences and control batches of
 * clients are checked.
 */
export const AppendOrigin = {
  Client: 'client',
  Coordinator: 'coordinator',
  Replication: 'replication',
} as const
export type AppendOrigin = (typeof AppendOrigin)[keyof typeof AppendOrigin]

/** The topic's configs about accepted records, and data of the request. */
export interface ValidationRules {
  origin: AppendOrigin
  /** `topic-partition`, for the messages of record errors. */
  topicPartition: string
  /** `compression.type`: `producer` keeps the codec of the producer. */
  compressionType: 'producer' | 'uncompressed' | Exclude<CompressionType, 'none'>
  /** `compression.gzip.level` and so on; used only if a batch is compressed again. */
  levels?: { gzip?: number; lz4?: number; zstd?: number }
  /** `max.message.bytes`, of one batch as it arrives and as it is stored. */
  maxMessageBytes: number
  /** `max.decompressed.message.bytes`, of one record of a compressed batch. */
  maxDecompressedMessageBytes: number
  /** `message.timestamp.type`. */
  timestampType: TimestampType
  /** `message.timestamp.before.max.ms`; no limit from 2^53 - 1 on. Applies only to CreateTime. */
  timestampBeforeMaxMs: number
  /** `message.timestamp.after.max.ms`; as above. */
  timestampAfterMaxMs: number
  /** Whether `cleanup.policy` contains `compact`: every record needs a key. */
  isCompacted: boolean
  nowMs: number
  /** The version of the Produce request; `undefined` if there is none. */
  produceVersion?: number
}

/** Records that can be appended, when the log has set base offset and leader epoch. */
export interface ValidatedRecords {
  /** The given bytes, stamped in place, or their new encoding. Only complete batches of magic 2. */
  records: Uint8Array
  /** All batches in `records`. */
  batches: readonly BatchView[]
  /** The largest timestamp; -1 if no record has one. */
  maxTimestamp: number
  /** The time that the records were stamped with; -1 for CreateTime. */
  logAppendTimeMs: number
}

/** Records that the validator refused, in the terms of a Produce response. */
export class RecordsRejected extends ApiError {
  /** The refused records of the batch, with the reasons (KIP-467). */
  readonly recordErrors: readonly RecordError[]
  /**
   * Whether Kafka's response contains the log start offset. It is -1 if Kafka refuses before it
   * uses the log.
   */
  readonly namesLogStartOffset: boolean

  constructor(
    errorCode: ErrorCode,
    message: string | null,
    recordErrors: readonly RecordError[],
    namesLogStartOffset: boolean,
  ) {
    super(errorCode, message)
    this.recordErrors = recordErrors
    this.namesLogStartOffset = namesLogStartOffset
  }
}

export interface RecordError {
  /** The record's index in the batch, from 0. */
  batchIndex: number
  batchIndexErrorMessage: string | null
}
