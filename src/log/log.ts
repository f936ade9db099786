import type { Uuid } from '../platform/uuid.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import { type LogIdentity, LocalLog } from './local-log.ts'
import { appendError } from './log-append.ts'
import { LogAppender } from './log-appender.ts'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { type LogLocation, loadLog } from './log-loader.ts'
import { findMaxTimestamp, findTimestamp } from './log-lookup.ts'
import { collectAborted, emptyRead, readSegments } from './log-read.ts'
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
import { replayProducers } from './producer/producer-replay.ts'
import type { ProducerState } from './producer/producer-state.ts'
import type { LogSegment } from './segment.ts'
import { type Allocate, allocateFresh } from './segment-reader.ts'
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
  readonly #environment: LogEnvironment
  readonly #guard: StorageGuard
  readonly #local: LocalLog
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState
  readonly #appender: LogAppender
  #logStartOffset: number
  #highWatermark: number
  #isClosed = false

  /** Opens what lies in the directory, or begins an empty log. Made by the `LogManager`. */
  constructor(
    identity: LogIdentity,
    config: LogConfig,
    environment: LogEnvironment,
    checkpoints: LogCheckpoints,
  ) {
    const loaded = loadLog(environment, checkpoints, config)
    const { epochs, producers, logStartOffset } = loaded
    this.topic = identity.topic
    this.partition = identity.partition
    this.topicId = identity.topicId
    this.#environment = environment
    this.#local = new LocalLog(identity, config, environment, {
      directory: checkpoints.directory,
      segments: loaded.segments,
      recoveryPoint: recoveryPointOf(checkpoints, loaded.segments.active.nextOffset),
    })
    this.#guard = new StorageGuard(this.#local.name, environment)
    this.#epochs = epochs
    this.#producers = producers
    this.#appender = new LogAppender(environment.clock, this.#local, epochs, producers, (offset) =>
      this.#roll(offset),
    )
    this.#logStartOffset = logStartOffset
    this.#highWatermark = clamp(checkpoints.highWatermark, logStartOffset, this.logEndOffset)
    producers.onHighWatermarkUpdated(this.#highWatermark)
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
    return this.#logStartOffset
  }

  /** Below, every transaction is decided. */
  get lastStableOffset(): number {
    const unstable = this.#producers.firstUnstableOffset
    return Math.max(this.#logStartOffset, Math.min(unstable, this.#highWatermark))
  }

  /** Below, everything is replicated. */
  get highWatermark(): number {
    return this.#highWatermark
  }

  /** The offset of the next record. */
  get logEndOffset(): number {
    return this.#local.logEndOffset
  }

  /** Everything below is on the disk. */
  get recoveryPoint(): number {
    return this.#local.recoveryPoint
  }

  /** When the log was last flushed up to its end, or opened; milliseconds since the epoch. */
  get lastFlushMs(): number {
    return this.#local.lastFlushMs
  }

  /** The epoch of the leader that appended last, or -1. */
  get latestEpoch(): number {
    return this.#epochs.latestEpoch
  }

  /** Whether there is a directory; an idle partition has none. */
  get isOnDisk(): boolean {
    return this.#local.isOnDisk
  }

  /** Whether the disk failed this log, or another in its directory. */
  get isOffline(): boolean {
    return this.#guard.isOffline
  }

  /** Of the `.log` files together. */
  get sizeInBytes(): number {
    return this.#local.segments.sizeInBytes
  }

  /** The segments in their order, for what looks after them. */
  get segments(): readonly LogSegment[] {
    return this.#local.segments.all
  }

  updateConfig(config: LogConfig): void {
    this.#local.updateConfig(config)
  }

  /** From now on the log leaves the disk alone, since another in its directory could not use it. */
  markOffline(): void {
    this.#guard.markOffline()
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
    if (this.#guard.isOffline) return offlineError
    try {
      const start = this.#logStartOffset
      return this.#onAppended(this.#appender.appendAsLeader(records, leaderEpoch, options, start))
    } catch (error) {
      return this.#onAppendFailed(error)
    }
  }

  /** Appends batches as the leader stamped them. */
  appendAsFollower(records: Uint8Array): AppendInfo | AppendError {
    if (this.#guard.isOffline) return offlineError
    try {
      return this.#onAppended(this.#appender.appendAsFollower(records, this.#logStartOffset))
    } catch (error) {
      return this.#onAppendFailed(error)
    }
  }

  /** Moves the high watermark, bounded by log start and log end offset; true when it changed. */
  updateHighWatermark(offset: number): boolean {
    const highWatermark = clamp(offset, this.#logStartOffset, this.logEndOffset)
    if (highWatermark === this.#highWatermark) return false
    this.#highWatermark = highWatermark
    this.#producers.onHighWatermarkUpdated(highWatermark)
    this.#environment.onOffsetsMoved()
    return true
  }

  /**
   * Whole batches of one segment from the one that holds `startOffset` on, together not above `maxBytes`, but with `minOneMessage` at
   * least one (KIP-74). `OffsetOutOfRange` outside of log start and log end offset.
   *
   * @param allocate where the bytes go; default a buffer of their own
   */
  read(
    startOffset: number,
    maxBytes: number,
    isolation: ReadIsolation,
    minOneMessage: boolean,
    allocate: Allocate = allocateFresh,
  ): ReadInfo | ErrorCode {
    if (this.#guard.isOffline) return ErrorCode.KafkaStorageError
    if (startOffset < this.#logStartOffset || startOffset > this.logEndOffset) {
      return ErrorCode.OffsetOutOfRange
    }
    const isCommitted = isolation === 'lastStableOffset'
    const limit = this.#limitOf(isolation)
    if (startOffset >= limit) return emptyRead(isCommitted)
    try {
      const { segments } = this.#local
      const slices = readSegments(segments, startOffset, limit, maxBytes, minOneMessage, allocate)
      if (slices.length === 0) return emptyRead(isCommitted)
      let sizeInBytes = 0
      for (const slice of slices) sizeInBytes += slice.length
      const abortedTransactions = isCommitted ? collectAborted(segments, startOffset, slices) : null
      return { slices, sizeInBytes, abortedTransactions }
    } catch (error) {
      this.#guard.fail('read', error)
      return ErrorCode.KafkaStorageError
    }
  }

  /** The first record at or after `timestamp` whose offset is below `limit`. */
  offsetForTimestamp(timestamp: number, limit = Infinity): TimestampAndOffset | undefined {
    const find = () => findTimestamp(this.#local.segments, timestamp, this.#logStartOffset)
    const found = this.#guard.run('read', find, undefined)
    return found !== undefined && found.offset < limit ? found : undefined
  }

  /** The first record with the largest timestamp (KIP-734). */
  offsetOfMaxTimestamp(): TimestampAndOffset | undefined {
    return this.#guard.run('read', () => findMaxTimestamp(this.#local.segments), undefined)
  }

  /** The epoch that `offset` was or would be written in, or -1. */
  epochAt(offset: number): number {
    return this.#epochs.epochForOffset(offset)
  }

  /** Where the largest epoch not above `epoch` ends (OffsetForLeaderEpoch). */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.#epochs.endOffsetFor(epoch, this.logEndOffset)
  }

  assignEpochStart(epoch: number, offset: number): void {
    this.#guard.run('begin an epoch of', () => this.#epochs.assign(epoch, offset), undefined)
  }

  /** Moves the log start offset forward (DeleteRecords); `OffsetOutOfRange` when `offset` is above the high watermark. */
  advanceLogStartOffset(offset: number): ErrorCode {
    if (offset > this.#highWatermark) return ErrorCode.OffsetOutOfRange
    if (offset <= this.#logStartOffset) return ErrorCode.None
    return this.#guard.run(
      'move the start of',
      () => {
        this.#moveLogStartOffset(offset)
        return ErrorCode.None
      },
      ErrorCode.KafkaStorageError,
    )
  }

  /** Drops everything from `offset` on; false when there was nothing. */
  truncateTo(offset: number): boolean {
    if (offset < 0) throw new RangeError(`${this.#local.name}: cannot truncate to ${offset}`)
    return this.#guard.run('truncate', () => this.#truncateTo(offset), false)
  }

  /** Drops everything and goes on at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.#guard.run('truncate', () => this.#truncateFullyAndStartAt(offset), undefined)
  }

  activeProducers(): ActiveProducer[] {
    return this.#producers.activeProducers()
  }

  /** Forgets producers that have been silent for `producer.id.expiration.ms`. */
  removeExpiredProducers(nowMs: number): void {
    this.#producers.removeExpired(nowMs)
  }

  /** Brings all files up to date, and to the disk unless the directory is temporary. */
  flush(): void {
    this.#guard.run('flush', () => this.#flushTo(this.logEndOffset), undefined)
  }

  /** Begins a new segment; false when the active one is empty. */
  roll(): boolean {
    if (this.#local.segments.active.sizeInBytes === 0) return false
    return this.#guard.run('roll', () => this.#roll(this.logEndOffset), false)
  }

  /** Writes everything and lets go of the files. Closing twice does nothing. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.isOnDisk) this.#guard.run('close', () => this.#writeAll(), undefined)
    this.closeFiles()
  }

  /** Lets go of the files without writing anything, for a log that is deleted. */
  closeFiles(): void {
    this.#isClosed = true
    this.#local.closeFiles()
  }

  #onAppended(result: AppendInfo | AppendError): AppendInfo | AppendError {
    if (this.logEndOffset - this.recoveryPoint >= this.config.flushMessages) {
      this.#flushTo(this.logEndOffset)
    }
    return result
  }

  #onAppendFailed(error: unknown): AppendError {
    this.#guard.fail('append to', error)
    return offlineError
  }

  #roll(baseOffset: number): boolean {
    if (!this.#local.roll(baseOffset)) return false
    this.#producers.setMapEndOffset(baseOffset)
    this.#producers.takeSnapshot()
    return true
  }

  #flushTo(offset: number): void {
    if (this.#local.flush(offset)) this.#environment.onOffsetsMoved()
  }

  #moveLogStartOffset(offset: number): void {
    this.#logStartOffset = offset
    this.#epochs.truncateFromStart(offset)
    this.#environment.onOffsetsMoved()
  }

  #truncateTo(offset: number): boolean {
    if (offset >= this.logEndOffset) {
      this.#epochs.truncateFromEnd(offset)
      return false
    }
    if (offset < this.#local.segments.first.baseOffset) {
      this.#truncateFullyAndStartAt(offset)
      return true
    }
    this.#local.truncateTo(offset)
    this.#epochs.truncateFromEnd(this.logEndOffset)
    this.#logStartOffset = Math.min(this.#logStartOffset, offset)
    this.#reloadProducers()
    this.#onEndMovedBack()
    return true
  }

  #truncateFullyAndStartAt(offset: number): void {
    this.#local.makeDirectory()
    this.#local.truncateFullyAndStartAt(offset)
    this.#epochs.clear()
    this.#producers.removeSnapshotsFrom(0)
    this.#producers.clear(offset)
    this.#logStartOffset = offset
    this.#onEndMovedBack()
  }

  #reloadProducers(): void {
    const { logEndOffset } = this
    this.#producers.reload(this.#logStartOffset, logEndOffset)
    replayProducers(this.#producers, this.#local.segments.from(this.#producers.mapEndOffset))
    this.#producers.setMapEndOffset(logEndOffset)
  }

  #onEndMovedBack(): void {
    this.#highWatermark = clamp(this.#highWatermark, this.#logStartOffset, this.logEndOffset)
    this.#producers.onHighWatermarkUpdated(this.#highWatermark)
    this.#environment.onOffsetsMoved()
  }

  #writeAll(): void {
    this.#flushTo(this.logEndOffset)
    this.#local.segments.active.writeIndexes(false)
    this.#producers.setMapEndOffset(this.logEndOffset)
    this.#producers.takeSnapshot()
  }

  #limitOf(isolation: ReadIsolation): number {
    switch (isolation) {
      case 'highWatermark':
        return this.#highWatermark
      case 'lastStableOffset':
        return this.lastStableOffset
      case 'logEnd':
        return this.logEndOffset
    }
  }
}

const offlineError = appendError(ErrorCode.KafkaStorageError, -1)

function recoveryPointOf(checkpoints: LogCheckpoints, logEndOffset: number): number {
  if (checkpoints.hadCleanShutdown) return logEndOffset
  return Math.min(checkpoints.recoveryPoint, logEndOffset)
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
