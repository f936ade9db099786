import { errorCodeOf } from '../platform/system-error.ts'
import type { Uuid } from '../platform/uuid.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import { AppendOrigin, type ValidatedRecords } from '../record/validation.ts'
import { validateRecords } from '../record/validator.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import {
  appendError,
  checkProducers,
  rejection,
  stampBatches,
  validationRules,
} from './log-append.ts'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { type LogLocation, loadLog, removeSegmentFiles } from './log-loader.ts'
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
import { writePartitionMetadata } from './directory/partition-metadata.ts'
import type { ProducerAppend } from './producer/producer-append.ts'
import { replayProducers } from './producer/producer-replay.ts'
import type { ProducerState } from './producer/producer-state.ts'
import { LogSegment } from './segment.ts'
import { type Allocate, allocateFresh } from './segment-reader.ts'
import type { LogSegments } from './segments.ts'

/** Which log this is, and where. */
export interface LogIdentity {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
}

/** What is known of a log from the checkpoints, beside where it lies. */
export interface LogCheckpoints extends LogLocation {
  /** As it was last written down; the broker moves it on. */
  readonly highWatermark: number
}

/**
 * One replica of one partition (Kafka's `UnifiedLog`). Everything is synchronous; directory and files are made at the first append.
 *
 * Always: `logStartOffset ≤ lastStableOffset ≤ highWatermark ≤ logEndOffset`.
 */
export class Log {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
  /** The partition's directory, which is not there before the first append. */
  readonly directory: string
  readonly #environment: LogEnvironment
  readonly #segments: LogSegments
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState
  #config: LogConfig
  #logStartOffset: number
  #highWatermark: number
  #recoveryPoint: number
  #isOnDisk: boolean
  #isClosed = false

  /** Opens what lies in the directory, or begins an empty log. Made by the `LogManager`. */
  constructor(
    identity: LogIdentity,
    config: LogConfig,
    environment: LogEnvironment,
    checkpoints: LogCheckpoints,
  ) {
    const { segments, epochs, producers, logStartOffset } = loadLog(
      environment,
      checkpoints,
      config,
    )
    this.topic = identity.topic
    this.partition = identity.partition
    this.topicId = identity.topicId
    this.directory = checkpoints.directory
    this.#environment = environment
    this.#config = config
    this.#segments = segments
    this.#epochs = epochs
    this.#producers = producers
    this.#logStartOffset = logStartOffset
    this.#highWatermark = clamp(checkpoints.highWatermark, logStartOffset, this.logEndOffset)
    this.#recoveryPoint = checkpoints.hadCleanShutdown
      ? this.logEndOffset
      : Math.min(checkpoints.recoveryPoint, this.logEndOffset)
    this.#isOnDisk = environment.fileSystem.isDirectory(this.directory)
    producers.onHighWatermarkUpdated(this.#highWatermark)
  }

  get config(): LogConfig {
    return this.#config
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
    return this.#segments.active.nextOffset
  }

  /** Everything below is on the disk. */
  get recoveryPoint(): number {
    return this.#recoveryPoint
  }

  /** The epoch of the leader that appended last, or -1. */
  get latestEpoch(): number {
    return this.#epochs.latestEpoch
  }

  /** Whether there is a directory; an idle partition has none. */
  get isOnDisk(): boolean {
    return this.#isOnDisk
  }

  /** Of the `.log` files together. */
  get sizeInBytes(): number {
    return this.#segments.sizeInBytes
  }

  /** The segments in their order, for what looks after them. */
  get segments(): readonly LogSegment[] {
    return this.#segments.all
  }

  updateConfig(config: LogConfig): void {
    this.#config = config
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
    const nowMs = this.#environment.clock.now()
    const rules = validationRules(this.#config, this.#name, nowMs, options)
    const validated = validateRecords(records, rules)
    if ('errorCode' in validated) return rejection(validated, this.#logStartOffset)
    stampBatches(validated, this.logEndOffset, leaderEpoch)
    return this.#append(validated, rules.origin)
  }

  /** Appends batches as the leader stamped them. */
  appendAsFollower(records: Uint8Array): AppendInfo | AppendError {
    const nowMs = this.#environment.clock.now()
    const options = { origin: AppendOrigin.Replication }
    const validated = validateRecords(
      records,
      validationRules(this.#config, this.#name, nowMs, options),
    )
    if ('errorCode' in validated) return rejection(validated, this.#logStartOffset)
    let nextOffset = this.logEndOffset
    for (let at = 0, size; (size = batchSizeAt(validated.records, at)) > 0; at += size) {
      const batch = new BatchView(validated.records, at)
      if (batch.baseOffset < nextOffset) {
        throw new Error(`${this.#name}: offset ${batch.baseOffset} is below ${nextOffset}`)
      }
      nextOffset = batch.nextOffset
    }
    return this.#append(validated, AppendOrigin.Replication)
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
    if (startOffset < this.#logStartOffset || startOffset > this.logEndOffset) {
      return ErrorCode.OffsetOutOfRange
    }
    const isCommitted = isolation === 'lastStableOffset'
    const limit = this.#limitOf(isolation)
    if (startOffset >= limit) return emptyRead(isCommitted)
    const slices = readSegments(
      this.#segments,
      startOffset,
      limit,
      maxBytes,
      minOneMessage,
      allocate,
    )
    if (slices.length === 0) return emptyRead(isCommitted)
    let sizeInBytes = 0
    for (const slice of slices) sizeInBytes += slice.length
    const abortedTransactions = isCommitted
      ? collectAborted(this.#segments, startOffset, slices)
      : null
    return { slices, sizeInBytes, abortedTransactions }
  }

  /** The first record at or after `timestamp` whose offset is below `limit`. */
  offsetForTimestamp(timestamp: number, limit = Infinity): TimestampAndOffset | undefined {
    const found = findTimestamp(this.#segments, timestamp, this.#logStartOffset)
    return found !== undefined && found.offset < limit ? found : undefined
  }

  /** The first record with the largest timestamp (KIP-734). */
  offsetOfMaxTimestamp(): TimestampAndOffset | undefined {
    return findMaxTimestamp(this.#segments)
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
    this.#epochs.assign(epoch, offset)
  }

  /** Moves the log start offset forward (DeleteRecords); `OffsetOutOfRange` when `offset` is above the high watermark. */
  advanceLogStartOffset(offset: number): ErrorCode {
    if (offset > this.#highWatermark) return ErrorCode.OffsetOutOfRange
    if (offset <= this.#logStartOffset) return ErrorCode.None
    this.#logStartOffset = offset
    this.#epochs.truncateFromStart(offset)
    this.#environment.onOffsetsMoved()
    return ErrorCode.None
  }

  /** Drops everything from `offset` on; false when there was nothing. */
  truncateTo(offset: number): boolean {
    if (offset < 0) throw new RangeError(`${this.#name}: cannot truncate to ${offset}`)
    if (offset >= this.logEndOffset) {
      this.#epochs.truncateFromEnd(offset)
      return false
    }
    if (offset < this.#segments.first.baseOffset) {
      this.truncateFullyAndStartAt(offset)
      return true
    }
    for (const segment of this.#segments.removeAbove(offset)) this.#removeSegment(segment)
    this.#segments.active.truncateTo(offset)
    this.#epochs.truncateFromEnd(this.logEndOffset)
    this.#logStartOffset = Math.min(this.#logStartOffset, offset)
    this.#reloadProducers()
    this.#onEndMovedBack()
    return true
  }

  /** Drops everything and goes on at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.#makeDirectory()
    const { all } = this.#segments
    for (const segment of all) this.#removeSegment(segment)
    const segment = this.#newSegment(offset)
    this.#segments.replaceAll(segment)
    segment.createFile()
    this.#epochs.clear()
    this.#producers.removeSnapshotsFrom(0)
    this.#producers.clear(offset)
    this.#logStartOffset = offset
    this.#onEndMovedBack()
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
    const { logEndOffset } = this
    if (this.#recoveryPoint >= logEndOffset) return
    const sync = this.#environment.durability === 'synced'
    for (const segment of this.#segments.from(this.#recoveryPoint)) {
      if (sync) segment.sync()
      segment.writeIndexes(sync)
    }
    this.#recoveryPoint = logEndOffset
    this.#environment.onOffsetsMoved()
  }

  /** Begins a new segment, unless the active one is empty. */
  roll(): void {
    if (this.#segments.active.sizeInBytes === 0) return
    this.#roll(this.logEndOffset)
  }

  /** Writes everything and lets go of the files. Closing twice does nothing. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#isOnDisk) {
      this.flush()
      this.#segments.active.writeIndexes(false)
      this.#producers.setMapEndOffset(this.logEndOffset)
      this.#producers.takeSnapshot()
    }
    this.closeFiles()
  }

  /** Lets go of the files without writing anything, for a log that is deleted. */
  closeFiles(): void {
    this.#isClosed = true
    for (const segment of this.#segments.all) segment.close()
  }

  get #name(): string {
    return `${this.topic}-${this.partition}`
  }

  #append({ records, ...info }: ValidatedRecords, origin: AppendOrigin): AppendInfo | AppendError {
    const { logStartOffset } = this
    if (records.length > this.#config.segmentBytes) {
      return appendError(ErrorCode.RecordListTooLarge, -1)
    }
    const baseOffset = new BatchView(records).baseOffset
    const lastOffset = this.#lastOffsetOf(records)
    const check = checkProducers(this.#producers, records, origin)
    if ('errorCode' in check) return appendError(check.errorCode, logStartOffset)
    if ('duplicate' in check) {
      const { duplicate } = check
      const firstOffset = duplicate.lastOffset - duplicate.offsetDelta
      return {
        baseOffset: firstOffset,
        lastOffset: duplicate.lastOffset,
        logAppendTimeMs: duplicate.timestamp,
        logStartOffset,
        duplicate: true,
      }
    }
    try {
      const upcoming = { sizeInBytes: records.length, maxTimestamp: info.maxTimestamp, lastOffset }
      this.#write(records, baseOffset, upcoming)
      this.#takeInProducers(check.appends)
    } catch (error) {
      if (errorCodeOf(error) === undefined) throw error
      this.#environment.onWarning(`cannot append to ${this.#name}: ${(error as Error).message}`)
      return appendError(ErrorCode.KafkaStorageError, -1)
    }
    if (this.logEndOffset - this.#recoveryPoint >= this.#config.flushMessages) this.flush()
    const { logAppendTimeMs } = info
    return { baseOffset, lastOffset, logAppendTimeMs, logStartOffset, duplicate: false }
  }

  #lastOffsetOf(records: Uint8Array): number {
    let last = 0
    for (let at = 0, size; (size = batchSizeAt(records, at)) > 0; at += size) last = at
    return new BatchView(records, last).lastOffset
  }

  #write(
    records: Uint8Array,
    baseOffset: number,
    upcoming: Parameters<LogSegment['shouldRoll']>[1],
  ): void {
    this.#makeDirectory()
    if (this.#segments.active.shouldRoll(this.#config, upcoming)) this.#roll(baseOffset)
    this.#assignEpochs(records)
    this.#segments.active.append(records, this.#config)
    this.#producers.setMapEndOffset(this.logEndOffset)
  }

  #assignEpochs(records: Uint8Array): void {
    for (let at = 0, size; (size = batchSizeAt(records, at)) > 0; at += size) {
      const batch = new BatchView(records, at)
      this.#epochs.assign(batch.partitionLeaderEpoch, batch.baseOffset)
    }
  }

  #takeInProducers(appends: readonly ProducerAppend[]): void {
    for (const append of appends) {
      this.#producers.update(append)
      for (const completed of append.completed) {
        const lastStableOffset = this.#producers.lastStableOffsetAfter(completed)
        if (completed.isAborted) {
          this.#segments.active.transactionIndex.append({ ...completed, lastStableOffset })
        }
        this.#producers.completeTransaction(completed)
      }
    }
  }

  #roll(baseOffset: number): void {
    const sealed = this.#segments.active
    if (sealed.baseOffset === baseOffset) {
      if (sealed.sizeInBytes > 0)
        throw new Error(`${this.#name}: segment ${baseOffset} is not empty`)
      return
    }
    sealed.writeIndexes(false)
    this.#producers.setMapEndOffset(baseOffset)
    this.#producers.takeSnapshot()
    const segment = this.#newSegment(baseOffset)
    this.#segments.add(segment)
    segment.createFile()
  }

  /** Kafka makes it when the replica is created; here an idle partition leaves no trace. */
  #makeDirectory(): void {
    if (this.#isOnDisk) return
    const { fileSystem, durability } = this.#environment
    fileSystem.makeDirectory(this.directory)
    writePartitionMetadata(fileSystem, this.directory, this.topicId, durability)
    this.#epochs.writeIfAny()
    this.#isOnDisk = true
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

  #newSegment(baseOffset: number): LogSegment {
    return new LogSegment(this.#environment, this.directory, baseOffset, this.#config)
  }

  #removeSegment(segment: LogSegment): void {
    segment.close()
    removeSegmentFiles(this.#environment, this.directory, segment.baseOffset)
  }

  #reloadProducers(): void {
    const { logEndOffset } = this
    this.#producers.reload(this.#logStartOffset, logEndOffset)
    replayProducers(this.#producers, this.#segments.from(this.#producers.mapEndOffset))
    this.#producers.setMapEndOffset(logEndOffset)
  }

  #onEndMovedBack(): void {
    this.#recoveryPoint = Math.min(this.#recoveryPoint, this.logEndOffset)
    this.#highWatermark = clamp(this.#highWatermark, this.#logStartOffset, this.logEndOffset)
    this.#producers.onHighWatermarkUpdated(this.#highWatermark)
    this.#environment.onOffsetsMoved()
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
