import { batchesOf, type BatchView } from '../../record/batch-view.ts'
import { MAX_RELATIVE_OFFSET, type OffsetIndex } from '../index/offset-index.ts'
import type { TimeIndex, TimestampOffset } from '../index/time-index.ts'
import { TransactionIndex } from '../index/transaction-index.ts'
import { type LogConfig, maxSegmentMs } from '../log-config.ts'
import type { LogEnvironment } from '../log-environment.ts'
import { SegmentFile, type SegmentSuffix } from '../log-file-names.ts'
import type { ScannedBatch } from './batch-scanner.ts'
import type { OpenFile } from './open-files.ts'
import type { Allocate, SegmentRead } from './read-batches.ts'
import { SegmentBatches } from './segment-batches.ts'
import { SegmentFiles } from './segment-files.ts'

/**
 * The size and the largest values of the next append, by which {@link LogSegment.shouldRoll}
 * decides (Kafka's `RollParams`).
 */
export interface UpcomingAppend {
  readonly sizeInBytes: number
  readonly maxTimestamp: number
  readonly lastOffset: number
}

/**
 * A segment of a log: a file of batches and its indexes, all named by the base offset (Kafka's
 * `LogSegment`). Only the last segment of a log is appended to. The files are opened at their first
 * use, and closed when others are used more.
 */
export class LogSegment implements OpenFile {
  readonly baseOffset: number
  lastUse = 0
  readonly #environment: LogEnvironment
  readonly #files: SegmentFiles
  readonly #batches: SegmentBatches
  /**
   * The config when the segment was created. As in Kafka, the index settings of a segment never
   * change.
   */
  readonly #config: LogConfig
  /** Subtracted from `segment.ms`, so that logs created together do not roll together. */
  readonly #rollJitterMs: number
  #createdMs: number
  // Created at the first use: most partitions of a test have no transactions.
  #transactionIndex: TransactionIndex | undefined

  /**
   * @param suffix the suffix of the file names while the segment is not part of a log; default none
   */
  constructor(
    environment: LogEnvironment,
    directory: string,
    baseOffset: number,
    config: LogConfig,
    suffix: SegmentSuffix = '',
  ) {
    const { clock, random } = environment
    this.baseOffset = baseOffset
    this.#environment = environment
    this.#config = config
    const preallocatedBytes = config.preallocate ? config.segmentBytes : 0
    this.#files = new SegmentFiles(
      environment,
      directory,
      baseOffset,
      suffix,
      this,
      preallocatedBytes,
    )
    this.#batches = new SegmentBatches(
      environment,
      this.#files,
      baseOffset,
      config.indexIntervalBytes,
    )
    this.#createdMs = clock.now()
    const jitterMs = Math.min(config.segmentJitterMs, config.segmentMs)
    this.#rollJitterMs = jitterMs > 0 ? random.int(jitterMs) : 0
  }

  get sizeInBytes(): number {
    return this.#batches.sizeInBytes
  }

  /**
   * The offset after the last record; of a sealed segment that was loaded, the base offset of the
   * next segment.
   */
  get nextOffset(): number {
    return this.#batches.nextOffset
  }

  /** The largest timestamp, and the last offset of the batch that has it. */
  get maxTimestamp(): TimestampOffset {
    return this.#batches.maxTimestamp
  }

  /**
   * The largest timestamp in milliseconds since the epoch. If no record has a timestamp, the time
   * at which the segment was created, opened or last emptied.
   */
  get largestTimestamp(): number {
    const { timestamp } = this.maxTimestamp
    return timestamp >= 0 ? timestamp : this.#createdMs
  }

  /**
   * The largest timestamp of the first batch in milliseconds since the epoch; -1 when there is
   * none.
   */
  get firstBatchTimestamp(): number {
    return this.#batches.firstTimestamp
  }

  /** The path of the `.log` file. */
  get path(): string {
    return this.#files.pathOf(SegmentFile.Log)
  }

  get offsetIndex(): OffsetIndex {
    return this.#batches.searchableIndexes.offset
  }

  get timeIndex(): TimeIndex {
    return this.#batches.searchableIndexes.time
  }

  get transactionIndex(): TransactionIndex {
    return (this.#transactionIndex ??= new TransactionIndex(
      this.#environment.fileSystem,
      this.#files.pathOf(SegmentFile.TransactionIndex),
    ))
  }

  /**
   * Returns whether the next append must go to a new segment: by size, offsets, a full index or
   * `segment.ms`.
   */
  shouldRoll(config: LogConfig, upcoming: UpcomingAppend): boolean {
    const { sizeInBytes, usedIndexes } = this.#batches
    if (sizeInBytes > config.segmentBytes - upcoming.sizeInBytes) return true
    if (upcoming.lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET) return true
    if (usedIndexes?.isFull(this.#config.segmentIndexBytes)) return true
    if (sizeInBytes === 0) return false
    return this.#waitedMs(upcoming.maxTimestamp) > maxSegmentMs(config) - this.#rollJitterMs
  }

  /**
   * Appends whole batches with assigned offsets. Changes nothing when it throws.
   *
   * @param batches all batches of `records`
   */
  append(records: Uint8Array, batches: Iterable<BatchView> = batchesOf(records)): void {
    this.#batches.append(records, batches)
  }

  /**
   * Reads whole batches from the first one that ends at or after `startOffset`. Returns 0 bytes
   * when none fits, and undefined when all batches of the segment end before `startOffset`.
   *
   * @param maxPosition the batches returned end at or before this position
   */
  read(
    startOffset: number,
    maxBytes: number,
    maxPosition: number,
    minOneMessage: boolean,
    allocate: Allocate,
  ): SegmentRead | undefined {
    return this.#batches.read(startOffset, maxBytes, maxPosition, minOneMessage, allocate)
  }

  /**
   * Returns the position of the first batch that ends at or after `offset`, or the size when there
   * is none.
   */
  positionOf(offset: number): number {
    return this.#batches.positionOf(offset)
  }

  /**
   * Iterates over the batches from the position of a batch. Each batch is valid until the next one
   * is requested.
   */
  batchesFrom(position: number): Generator<ScannedBatch, void, undefined> {
    return this.#batches.from(position)
  }

  /**
   * Opens existing files. Reads only the ends of the indexes and, of the active segment, the
   * batches after the last index entry. Returns false when an index is missing or wrong: then the
   * segment needs {@link recover}.
   *
   * @param nextBaseOffset the base offset of the next segment; default none, for the active segment
   * @param hasAborted whether the transaction index file exists; default: checks it
   */
  load(
    nextBaseOffset = Infinity,
    hasAborted = this.#files.exists(SegmentFile.TransactionIndex),
  ): boolean {
    if (!this.#batches.load(nextBaseOffset)) return false
    return !hasAborted || this.transactionIndex.load(this.baseOffset)
  }

  /**
   * Reads every batch, rebuilds the offset index and the time index, and truncates the file at the
   * first batch that is torn or corrupt. Returns the number of bytes cut off. The caller rebuilds
   * the transaction index.
   *
   * @param onBatch called with every batch of a producer and with the first batch of each leader
   * epoch
   */
  recover(onBatch: (batch: BatchView) => void): number {
    this.#createdMs = this.#environment.clock.now()
    return this.#batches.recover(onBatch)
  }

  /**
   * Removes the batches from the one with `offset`; after that batches can be appended. Returns the
   * number of bytes removed.
   */
  truncateTo(offset: number): number {
    const removed = this.#batches.truncateTo(offset)
    if (removed > 0) this.transactionIndex.truncateTo(offset)
    if (this.sizeInBytes === 0) this.#createdMs = this.#environment.clock.now()
    return removed
  }

  /** Creates the `.log` file, whose name keeps the base offset of a segment without records. */
  createFile(): void {
    this.#files.open()
  }

  /**
   * Completes the files when no batch will be appended any more (Kafka's
   * `onBecomeInactiveSegment`).
   */
  becomeInactive(): void {
    if (this.#batches.isSealed) return
    this.trim()
    this.#batches.seal()
  }

  /**
   * Completes and writes the indexes, and removes preallocated space. The log does this when it is
   * closed.
   *
   * @param sync whether the indexes are forced to the disk
   */
  trim(sync = false): void {
    this.#batches.complete()
    this.writeIndexes(sync)
    this.#files.trim(this.sizeInBytes)
  }

  /** Writes new index entries to the files. */
  writeIndexes(sync: boolean): void {
    this.#batches.usedIndexes?.write(sync)
  }

  /** Copies the age of another segment, which counts when no record has a timestamp. */
  keepTimeOf(other: LogSegment): void {
    this.#createdMs = other.#createdMs
  }

  /** Forces the records to the disk. */
  sync(): void {
    this.#files.sync()
  }

  /** Forces the records to the disk without blocking the event loop. */
  syncLater(): Promise<void> {
    return this.#files.syncLater()
  }

  /**
   * Forces the records to the disk. Includes the indexes of a sealed segment: those of the active
   * one are rebuilt after a crash.
   */
  flush(withIndexes = this.#batches.isSealed): void {
    this.sync()
    if (!withIndexes) return
    this.writeIndexes(true)
    this.#transactionIndex?.sync()
  }

  /**
   * Changes the suffix of the files that exist (Kafka's `changeFileSuffixes`). Open files stay
   * open.
   *
   * @throws the error of the file system when a file cannot be renamed; the files before it have
   * their new names
   */
  renameTo(suffix: SegmentSuffix): void {
    this.#files.renameTo(suffix)
    const pathOf = (kind: SegmentFile) => this.#files.pathOf(kind)
    this.#batches.usedIndexes?.moveTo(pathOf)
    this.#transactionIndex?.moveTo(pathOf(SegmentFile.TransactionIndex))
  }

  /** Closes and removes the files. The segment cannot be used after that. */
  deleteFiles(): void {
    this.close()
    this.#files.remove()
  }

  /** Closes the file; the next use opens it again. */
  close(): void {
    this.#files.close()
  }

  /**
   * Closes the file for good, because its name may be given to another segment. Later reads fail.
   */
  abandon(): void {
    this.close()
    this.#files.abandon()
  }

  /** Closes the file on behalf of another segment, which must not see a failure of this one. */
  release(): void {
    try {
      this.close()
    } catch (error) {
      this.#environment.onStorageFailure(error as Error)
    }
  }

  /** The age of the segment by its records' timestamps, or by the clock when they have none. */
  #waitedMs(maxTimestamp: number): number {
    const { firstBatchTimestamp } = this
    if (firstBatchTimestamp >= 0) return maxTimestamp - firstBatchTimestamp
    return this.#environment.clock.now() - this.#createdMs
  }
}
