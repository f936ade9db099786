import type { UnreadBytes } from '../platform/unread-bytes.ts'
import type { AppendOrigin } from '../record/validation-rules.ts'
import type { VerificationGuard } from './producer/verification-guard.ts'

export interface AppendOptions {
  /** Default `client`. */
  readonly origin?: AppendOrigin
  /** The version of the Produce request, which limits the codecs; default the newest. */
  readonly produceVersion?: number
  /** The guard with which a transactional batch was verified; default none. */
  readonly verificationGuard?: VerificationGuard | undefined
  /** The level of `transaction.version` for which markers are checked; default 0. */
  readonly transactionVersion?: number
}

/** The result of an append (Kafka's `LogAppendInfo`). */
export interface AppendInfo {
  /** The offset of the first record. */
  readonly baseOffset: number
  readonly lastOffset: number
  /**
   * The broker's time with LogAppendTime, else -1. For a duplicate, the largest timestamp of the
   * stored batch.
   */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  /**
   * True if the batch was appended before: nothing was written, and the offsets are those of the
   * first append.
   */
  readonly duplicate: boolean
}

/**
 * The limit of a read: consumers read up to the high watermark, read_committed consumers up to the
 * last stable offset, followers to the log end.
 */
export type ReadIsolation = 'highWatermark' | 'lastStableOffset' | 'logEnd'

/** An aborted transaction, whose records a read_committed consumer drops. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/**
 * Whole batches. The first one contains the requested offset and may begin before it (Kafka's
 * `FetchDataInfo`).
 */
export interface ReadInfo {
  /** The bytes in order, sent as they are. They belong to the log and must not be changed. */
  readonly slices: readonly Uint8Array[]
  /**
   * Replaces `slices` if the reader had no memory for them: the bytes are read when they are sent.
   * The last batch may be incomplete.
   */
  readonly unread?: UnreadBytes
  readonly sizeInBytes: number
  /** For `lastStableOffset`, the aborted transactions of the records read; otherwise null. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
}

/** A record found by its timestamp (Kafka's `FileRecords.TimestampAndOffset`). */
export interface TimestampAndOffset {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

/**
 * A leader epoch and the offset after its last record; -1 and -1 for an unknown epoch (Kafka's
 * `EpochEndOffset`).
 */
export interface EpochEndOffset {
  readonly epoch: number
  readonly endOffset: number
}

/** The state of one producer (DescribeProducers). */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** -1 when the log has no batch of it. */
  readonly lastSequence: number
  readonly lastTimestamp: number
  /** -1 when no coordinator has ended a transaction of it. */
  readonly coordinatorEpoch: number
  /** -1 when it has no open transaction. */
  readonly currentTxnStartOffset: number
}

/** The segments that were deleted. */
export interface RemovedSegments {
  readonly segments: number
  /** The size of their `.log` files. */
  readonly sizeInBytes: number
}
