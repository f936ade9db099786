import type { Uuid } from '../platform/uuid.ts'
import type { ErrorCode } from '../protocol/error-code.ts'
import type { LogConfig } from './log-config.ts'
import type {
  ActiveProducer,
  AppendError,
  AppendInfo,
  AppendOptions,
  EpochEndOffset,
  ReadInfo,
  ReadIsolation,
  TimestampAndOffset,
} from './log-types.ts'

/** One replica of one partition (Kafka's `UnifiedLog`). Everything is synchronous; files are made at the first append. */
export declare class Log {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
  /** The partition's directory, which is not there before the first append. */
  readonly directory: string
  get config(): LogConfig
  get logStartOffset(): number
  get lastStableOffset(): number
  get highWatermark(): number
  get logEndOffset(): number
  /** The epoch of the last batch's leader, or -1. */
  get latestEpoch(): number
  /** Of the `.log` files together. */
  get sizeInBytes(): number
  updateConfig(config: LogConfig): void
  /** Validates, stamps offsets and epoch in place, writes. The bytes belong to the log afterwards. */
  appendAsLeader(
    records: Uint8Array,
    leaderEpoch: number,
    options?: AppendOptions,
  ): AppendInfo | AppendError
  /** Appends batches as the leader stamped them. */
  appendAsFollower(records: Uint8Array): AppendInfo | AppendError
  /** Moves the high watermark, bounded by log start and log end offset; true when it changed. */
  updateHighWatermark(offset: number): boolean
  read(
    startOffset: number,
    maxBytes: number,
    isolation: ReadIsolation,
    minOneMessage: boolean,
  ): ReadInfo | ErrorCode
  /** The first record at or after `timestamp` whose offset is below `limit`. */
  offsetForTimestamp(timestamp: number, limit?: number): TimestampAndOffset | undefined
  /** The record with the largest timestamp (KIP-734). */
  offsetOfMaxTimestamp(): TimestampAndOffset | undefined
  endOffsetForEpoch(epoch: number): EpochEndOffset
  assignEpochStart(epoch: number, offset: number): void
  /** DeleteRecords; `OffsetOutOfRange` when `offset` is above the high watermark. */
  advanceLogStartOffset(offset: number): ErrorCode
  /** Drops everything from `offset` on; false when there was nothing. */
  truncateTo(offset: number): boolean
  truncateFullyAndStartAt(offset: number): void
  activeProducers(): ActiveProducer[]
  removeExpiredProducers(nowMs: number): void
  /** Forces everything to the disk. */
  flush(): void
  /** Begins a new segment, unless the active one is empty. */
  roll(): void
  close(): void
}
