import type { UnreadBytes } from '../platform/unread-bytes.ts'
import type { AppendOrigin } from '../record/validation-rules.ts'

export interface AppendOptions {
  /** Default `client`. */
  readonly origin?: AppendOrigin
  /** The version of the Produce request, which decides which codecs are allowed; default the newest. */
  readonly produceVersion?: number
}

/** Where the appended batches lie now (Kafka's `LogAppendInfo`). */
export interface AppendInfo {
  /** The offset of the first record. */
  readonly baseOffset: number
  readonly lastOffset: number
  /** The broker's time with LogAppendTime, else -1; for a duplicate the largest timestamp of the batch that was stored. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  /** The batch had been appended before: nothing was written, and the offsets are those of the first time. */
  readonly duplicate: boolean
}

/** How far a read may go: consumers see what is replicated, read_committed consumers what is decided, followers everything. */
export type ReadIsolation = 'highWatermark' | 'lastStableOffset' | 'logEnd'

/** A producer's transaction that was aborted, whose records a read_committed consumer drops. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** Whole batches, the first of which holds the asked offset and may begin before it (Kafka's `FetchDataInfo`). */
export interface ReadInfo {
  /** In order, to be sent as they are; they belong to the log and must not be written to. */
  readonly slices: readonly Uint8Array[]
  /** In the place of the slices where the reader had no memory for them: to be read when it is sent. The last batch may be cut. */
  readonly unread?: UnreadBytes
  readonly sizeInBytes: number
  /** For `lastStableOffset` what was aborted among what was read; otherwise null. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
}

/** A record found by its timestamp (Kafka's `FileRecords.TimestampAndOffset`). */
export interface TimestampAndOffset {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

/** An epoch and the offset after its last record; -1 and -1 when it is not known here (Kafka's `EpochEndOffset`). */
export interface EpochEndOffset {
  readonly epoch: number
  readonly endOffset: number
}

/** What the log remembers of one producer (DescribeProducers). */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** -1 when it has no batch here. */
  readonly lastSequence: number
  readonly lastTimestamp: number
  /** -1 when no coordinator ended a transaction of it. */
  readonly coordinatorEpoch: number
  /** -1 when it has no open transaction. */
  readonly currentTxnStartOffset: number
}

/** What left the log. */
export interface RemovedSegments {
  readonly segments: number
  /** Of their `.log` files. */
  readonly sizeInBytes: number
}
