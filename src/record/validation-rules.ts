import { ApiError } from '../protocol/api-error.ts'
import type { ErrorCode } from '../protocol/error-code.ts'
import type { BatchView } from './batch-view.ts'
import type { CompressionType } from './compression-type.ts'
import type { TimestampType } from './timestamp-type.ts'

/**
 * Who appends (Kafka's `AppendOrigin`): only a client's sequence and control batches are looked at
 * with suspicion.
 */
export const AppendOrigin = {
  Client: 'client',
  Coordinator: 'coordinator',
  Replication: 'replication',
} as const
export type AppendOrigin = (typeof AppendOrigin)[keyof typeof AppendOrigin]

/**
 * The topic's configuration as far as it says which records it takes, and what is known of the
 * request.
 */
export interface ValidationRules {
  origin: AppendOrigin
  /** `topic-partition`, for the messages of record errors. */
  topicPartition: string
  /** `compression.type`: `producer` keeps what the producer chose. */
  compressionType: 'producer' | 'uncompressed' | Exclude<CompressionType, 'none'>
  /** `compression.gzip.level` and so on; of use only when a batch is compressed anew. */
  levels?: { gzip?: number; lz4?: number; zstd?: number }
  /** `max.message.bytes`, of one batch as it arrives and as it is stored. */
  maxMessageBytes: number
  /** `max.decompressed.message.bytes`, of one record of a compressed batch. */
  maxDecompressedMessageBytes: number
  /** `message.timestamp.type`. */
  timestampType: TimestampType
  /**
   * `message.timestamp.before.max.ms`; from 2^53 - 1 on there is no bound. Counts for CreateTime
   * only.
   */
  timestampBeforeMaxMs: number
  /** `message.timestamp.after.max.ms`, likewise. */
  timestampAfterMaxMs: number
  /** `cleanup.policy` contains `compact`: every record needs a key. */
  isCompacted: boolean
  nowMs: number
  /** Version of the Produce request; `undefined` when there was none. */
  produceVersion?: number
}

/** Records fit to be appended, once the log has stamped base offset and leader epoch. */
export interface ValidatedRecords {
  /**
   * The bytes that came in, stamped in place, or what they were encoded to anew. Whole batches of
   * magic 2 only.
   */
  records: Uint8Array
  /** All that is in `records`, and begins where they do. */
  batches: readonly BatchView[]
  /** Largest timestamp; -1 when no record has one. */
  maxTimestamp: number
  /** What the records were stamped with; -1 for CreateTime. */
  logAppendTimeMs: number
}

/** Records that the validator refused, in the terms of a Produce response. */
export class RecordsRejected extends ApiError {
  /** The refused records of the batch, and why (KIP-467). */
  readonly recordErrors: readonly RecordError[]
  /** Whether Kafka's response names the log start offset. It sends -1 if it refused before it looked at the log. */
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
  /** The record's place in the batch, from 0. */
  batchIndex: number
  batchIndexErrorMessage: string | null
}
