import type { Uuid } from '../platform/uuid.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { AppendError } from './append-error.ts'
import { BackgroundTasks } from './background-tasks.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import { type LogIdentity, LocalLog } from './local-log.ts'
import { LogAppender } from './log-appender.ts'
import type { LogConfig } from './log-config.ts'
import { LogDurability } from './log-durability.ts'
import type { LogEnvironment } from './log-environment.ts'
import { type LogLocation, loadLog } from './log-loader.ts'
import { LogOffsets } from './log-offsets.ts'
import { LogReader } from './log-reader.ts'
import { LogFiles } from './log-files.ts'
import { LogRetention } from './log-retention.ts'
import { LogTruncation } from './log-truncation.ts'
import type {
  AppendInfo,
  AppendOptions,
  EpochEndOffset,
  ReadInfo,
  ReadIsolation,
  TimestampAndOffset,
} from './log-types.ts'
import type { LogProducers } from './producer/producer-state.ts'
import { type Allocate, allocateFresh } from './segment/read-batches.ts'
import { StorageGuard } from './storage-guard.ts'

/** What is known of a log from the checkpoints, beside where it lies. */
export interface LogCheckpoints extends LogLocation {
  /** As it was last written down; the broker moves it on. */
  readonly highWatermark: number
}

/**
 * One replica of one partition (Kafka's `UnifiedLog`). Everything is synchronous; directory and files are made at the first append.
 * Once an operation on its files has failed, the log is offline: it answers `KafkaStorageError` and leaves the disk alone.
 *
 * Always: `logStartOffset ≤ lastStableOffset ≤ highWatermark ≤ logEndOffset`.
 */
export class Log {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
  /** The segments, for what looks after them: retention, compaction, inspection. */
  readonly files: LogFiles
  /** Flushes and commits. */
  readonly durability: LogDurability
  /** The producers that the log remembers. */
  readonly producers: LogProducers
  readonly #guard: StorageGuard
  readonly #tasks: BackgroundTasks
  readonly #local: LocalLog
  readonly #epochs: LeaderEpochs
  readonly #offsets: LogOffsets
  readonly #appender: LogAppender
  readonly #reader: LogReader
  readonly #truncation: LogTruncation

  /** Opens what lies in the directory, or begins an empty log. Made by the `LogManager`. */
  constructor(
    identity: LogIdentity,
    config: LogConfig,
    environment: LogEnvironment,
    checkpoints: LogCheckpoints,
  ) {
    const { segments, epochs, producers, logStartOffset, isOnDisk, removed } = loadLog(
      environment,
      checkpoints,
      config,
    )
    this.topic = identity.topic
    this.partition = identity.partition
    this.topicId = identity.topicId
    this.#guard = new StorageGuard(`${identity.topic}-${identity.partition}`, environment)
    this.#tasks = new BackgroundTasks(environment.clock, this.#guard)
    const recoveryPoint = recoveryPointOf(checkpoints, segments.active.nextOffset)
    const local = new LocalLog(identity, config, environment, this.#tasks, {
      directory: checkpoints.directory,
      segments,
      isOnDisk,
      removed,
      recoveryPoint,
      isBelowCheckpoint: recoveryPoint < checkpoints.recoveryPoint,
      markSnapshotForDeletion: (baseOffset) => producers.markSnapshotForDeletion(baseOffset),
    })
    const start = { logStartOffset, highWatermark: checkpoints.highWatermark }
    const offsets = new LogOffsets(environment, local, epochs, producers, start)
    const durability = new LogDurability(environment, this.#guard, this.#tasks, local, producers)
    this.#local = local
    this.#epochs = epochs
    this.producers = producers
    this.#offsets = offsets
    this.#appender = new LogAppender(
      environment,
      this.#guard,
      local,
      epochs,
      producers,
      offsets,
      durability,
    )
    this.#reader = new LogReader(environment, this.#guard, local, offsets)
    const retention = new LogRetention(environment, local, offsets, durability)
    this.files = new LogFiles(this.#guard, local, durability, retention)
    this.#truncation = new LogTruncation(local, epochs, producers, offsets)
    this.durability = durability
  }

  /** The partition's directory, which is not there before the first append. */
  get directory(): string {
    return this.#local.directory
  }

  get config(): LogConfig {
    return this.#local.config
  }

  /** The first offset that can be read. */
  get logStartOffset(): number {
    return this.#offsets.logStartOffset
  }

  /** Below, every transaction is decided. */
  get lastStableOffset(): number {
    return this.#offsets.lastStableOffset
  }

  /** Below, everything is replicated. */
  get highWatermark(): number {
    return this.#offsets.highWatermark
  }

  /** The offset of the next record. */
  get logEndOffset(): number {
    return this.#local.logEndOffset
  }

  /** The epoch of the leader that appended last, or -1. */
  get latestEpoch(): number {
    return this.#epochs.latestEpoch
  }

  /** Whether the disk failed this log, or another in its directory. */
  get isOffline(): boolean {
    return this.#guard.isOffline
  }

  /** Whether the files may be used: the log is neither closed nor offline. */
  get isOpen(): boolean {
    return this.#guard.isOpen
  }

  updateConfig(config: LogConfig): void {
    this.#local.updateConfig(config)
  }

  /** From now on the log leaves the disk alone, since another in its directory could not use it. */
  markOffline(): void {
    this.#guard.markOffline()
    this.#epochs.abandon()
  }

  /**
   * Validates, checks the producer, stamps offsets and epoch in place, writes. The bytes are the caller's again
   * afterwards: the log keeps none of them. What a producer repeats is not written again: the answer is the first one's.
   */
  appendAsLeader(
    records: Uint8Array,
    leaderEpoch: number,
    options: AppendOptions = {},
  ): AppendInfo | AppendError {
    return this.#appender.appendAsLeader(records, leaderEpoch, options)
  }

  /** Appends batches as the leader stamped them. */
  appendAsFollower(records: Uint8Array): AppendInfo | AppendError {
    return this.#appender.appendAsFollower(records)
  }

  /** Moves the high watermark, bounded by log start and log end offset; true when it changed. */
  updateHighWatermark(offset: number): boolean {
    return this.#offsets.updateHighWatermark(offset)
  }

  /**
   * Whole batches of one segment from the one that holds `startOffset` on, together not above `maxBytes`, but with `minOneMessage` at
   * least one (KIP-74). `OffsetOutOfRange` outside of log start and log end offset, `CorruptMessage` where the way to the batches is
   * lost; whether a batch's content is sound is for its reader to check, as in Kafka.
   *
   * @param allocate where the bytes go; default a buffer of their own
   */
  read(
    startOffset: number,
    maxBytes: number,
    isolation: ReadIsolation,
    minOneMessage: boolean,
    allocate: Allocate = allocateFresh,
  ): ReadInfo | ApiError {
    return this.#reader.read(startOffset, maxBytes, isolation, minOneMessage, allocate)
  }

  /** The first record at or after `timestamp` whose offset is below `limit`. */
  offsetForTimestamp(timestamp: number, limit = Infinity): TimestampAndOffset | undefined {
    return this.#reader.offsetForTimestamp(timestamp, limit)
  }

  /** The first record with the largest timestamp (KIP-734). */
  offsetOfMaxTimestamp(): TimestampAndOffset | undefined {
    return this.#reader.offsetOfMaxTimestamp()
  }

  /** The epoch that `offset` was or would be written in, or -1. */
  epochAt(offset: number): number {
    return this.#epochs.epochForOffset(offset)
  }

  /** Where the largest epoch not above `epoch` ends (OffsetForLeaderEpoch). */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.#epochs.endOffsetFor(epoch, this.logEndOffset)
  }

  /** An epoch of the leader begins at `offset`. Its file is written before a record of it is. */
  assignEpochStart(epoch: number, offset: number): void {
    const assign = () => {
      this.#epochs.note(epoch, offset)
      if (this.#local.isOnDisk) this.#epochs.writeNotedLater()
    }
    this.#guard.run('begin an epoch of', assign, undefined)
  }

  /** Moves the log start offset forward (DeleteRecords); `OffsetOutOfRange` when `offset` is above the high watermark. */
  advanceLogStartOffset(offset: number): ApiError | undefined {
    if (offset > this.highWatermark) return ApiError.of(ErrorCode.OffsetOutOfRange)
    const move = () => {
      this.#offsets.incrementLogStartOffset(offset)
      return undefined
    }
    const storageError = ApiError.of(ErrorCode.KafkaStorageError)
    return this.#guard.run<ApiError | undefined>('move the start of', move, storageError)
  }

  /** Drops everything from `offset` on; false when there was nothing. */
  truncateTo(offset: number): boolean {
    if (offset < 0) throw new RangeError(`${this.#local.name}: cannot truncate to ${offset}`)
    const isTruncated = this.#guard.run(
      'truncate',
      () => this.#truncation.truncateTo(offset),
      false,
    )
    if (isTruncated) this.durability.onTruncated(this.logEndOffset)
    return isTruncated
  }

  /** Drops everything and goes on at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.#guard.run('truncate', () => this.#truncation.truncateFullyAndStartAt(offset), undefined)
    this.durability.onTruncated(0)
  }

  /** Writes everything and lets go of the files. Closing twice does nothing. */
  close(): void {
    if (this.#local.isOnDisk) this.#guard.run('close', () => this.durability.finish(), undefined)
    this.closeFiles()
  }

  /** Lets go of the files without writing anything, for a log that is deleted. */
  closeFiles(): void {
    this.#tasks.cancel()
    this.#epochs.abandon()
    try {
      this.#local.closeFiles()
    } catch (error) {
      this.#guard.fail('close', error)
    }
    this.#guard.close()
  }
}

function recoveryPointOf(checkpoints: LogCheckpoints, logEndOffset: number): number {
  if (checkpoints.hadCleanShutdown) return logEndOffset
  return Math.min(checkpoints.recoveryPoint, logEndOffset)
}
