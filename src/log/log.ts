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

/** The checkpointed state of a log, and its location. */
export interface LogCheckpoints extends LogLocation {
  /** The high watermark at the last checkpoint. */
  readonly highWatermark: number
}

/**
 * One replica of one partition (Kafka's `UnifiedLog`). All operations are synchronous. The
 * directory and the files are created at the first append. After a storage error the log is
 * offline: it answers `KafkaStorageError` and does not use the disk.
 *
 * Always: `logStartOffset ≤ lastStableOffset ≤ highWatermark ≤ logEndOffset`.
 */
export class Log {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
  /** The segments: retention, compaction, inspection. */
  readonly files: LogFiles
  /** Flushes and commits. */
  readonly durability: LogDurability
  /** The producers of the log. */
  readonly producers: LogProducers
  readonly #guard: StorageGuard
  readonly #tasks: BackgroundTasks
  readonly #local: LocalLog
  readonly #epochs: LeaderEpochs
  readonly #offsets: LogOffsets
  readonly #appender: LogAppender
  readonly #reader: LogReader
  readonly #truncation: LogTruncation
  #onRecordsRemoved = (): void => {}

  /** Opens the directory, or begins an empty log. Called by the `LogManager`. */
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
    this.files = new LogFiles(this.#guard, local, durability, retention, () =>
      this.#onRecordsRemoved(),
    )
    this.#truncation = new LogTruncation(local, epochs, producers, offsets)
    this.durability = durability
  }

  /** The partition's directory, which does not exist before the first append. */
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

  /** Transactions below this offset are complete. */
  get lastStableOffset(): number {
    return this.#offsets.lastStableOffset
  }

  /** Records below this offset are replicated. */
  get highWatermark(): number {
    return this.#offsets.highWatermark
  }

  /** Returns the offset at which a read ends. */
  limitOf(isolation: ReadIsolation): number {
    return this.#offsets.limitOf(isolation)
  }

  /** The offset of the next record. */
  get logEndOffset(): number {
    return this.#local.logEndOffset
  }

  /** The newest leader epoch, or -1. */
  get latestEpoch(): number {
    return this.#epochs.latestEpoch
  }

  /** Whether a storage error of this log, or of another in its directory, took it offline. */
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

  /** Takes the log offline, because another log in its directory had a storage error. */
  markOffline(): void {
    this.#guard.markOffline()
    this.#epochs.abandon()
  }

  /**
   * Validates the batches, checks their producers, sets offsets and leader epoch in place, and
   * writes. The log does not keep the bytes: the caller may reuse them. A batch that a producer
   * repeats is not written again, and gets the result of its first append.
   */
  appendAsLeader(
    records: Uint8Array,
    leaderEpoch: number,
    options: AppendOptions = {},
  ): AppendInfo | AppendError {
    return this.#appender.appendAsLeader(records, leaderEpoch, options)
  }

  /** Appends batches with the offsets and leader epochs that the leader assigned. */
  appendAsFollower(records: Uint8Array): AppendInfo | AppendError {
    return this.#appender.appendAsFollower(records)
  }

  /**
   * Moves the high watermark, limited by log start offset and log end offset. Returns whether it
   * changed.
   */
  updateHighWatermark(offset: number): boolean {
    return this.#offsets.updateHighWatermark(offset)
  }

  /**
   * Reads whole batches of one segment, from the one that contains `startOffset`. Returns up to
   * `maxBytes`, but with `minOneMessage` at least one batch (KIP-74). Returns `OffsetOutOfRange`
   * below the log start offset and above the log end offset, and `CorruptMessage` if the batches
   * cannot be found. As in Kafka, the reader verifies the content of batches.
   *
   * @param allocate provides the buffer; default: allocates one
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

  /** Returns the first record at or after `timestamp` whose offset is below `limit`. */
  offsetForTimestamp(timestamp: number, limit = Infinity): TimestampAndOffset | undefined {
    return this.#reader.offsetForTimestamp(timestamp, limit)
  }

  /** Returns the first record with the largest timestamp (KIP-734). */
  offsetOfMaxTimestamp(): TimestampAndOffset | undefined {
    return this.#reader.offsetOfMaxTimestamp()
  }

  /** Returns the epoch that `offset` was or would be written in, or -1. */
  epochAt(offset: number): number {
    return this.#epochs.epochForOffset(offset)
  }

  /** Returns the end of the largest epoch up to `epoch` (OffsetForLeaderEpoch). */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.#epochs.endOffsetFor(epoch, this.logEndOffset)
  }

  /** Begins a leader epoch at `offset`. Its file is written before its first record. */
  assignEpochStart(epoch: number, offset: number): void {
    const assign = () => {
      this.#epochs.note(epoch, offset)
      if (this.#local.isOnDisk) this.#epochs.writeNotedLater()
    }
    this.#guard.run('begin an epoch of', assign, undefined)
  }

  /**
   * Sets the listener that is called when fewer records can be read: after the log start offset has
   * moved up, or after compaction.
   */
  onRecordsRemoved(listener: () => void): void {
    this.#onRecordsRemoved = listener
  }

  /**
   * Moves the log start offset up (DeleteRecords). Returns `OffsetOutOfRange` above the high
   * watermark.
   */
  advanceLogStartOffset(offset: number): ApiError | undefined {
    if (offset > this.highWatermark) return ApiError.of(ErrorCode.OffsetOutOfRange)
    const move = () => {
      this.#offsets.incrementLogStartOffset(offset)
      return undefined
    }
    const storageError = ApiError.of(ErrorCode.KafkaStorageError)
    const error = this.#guard.run<ApiError | undefined>('move the start of', move, storageError)
    if (error === undefined) this.#onRecordsRemoved()
    return error
  }

  /** Removes the records from `offset` on. Returns false if there are none. */
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

  /** Removes all records; the log continues at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.#guard.run('truncate', () => this.#truncation.truncateFullyAndStartAt(offset), undefined)
    this.durability.onTruncated(0)
  }

  /** Writes and closes all files. A second call does nothing. */
  close(): void {
    if (this.#local.isOnDisk) this.#guard.run('close', () => this.durability.finish(), undefined)
    this.closeFiles()
  }

  /** Closes the files without writing anything, for a log that is deleted. */
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
