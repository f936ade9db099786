import { batchesOf, type BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import { BatchScanner, type ScannedBatch, scanBatches } from './batch-scanner.ts'
import { findBatchPosition } from './batch-search.ts'
import type { OffsetIndex } from '../index/offset-index.ts'
import type { TimeIndex, TimestampOffset } from '../index/time-index.ts'
import { TransactionIndex } from '../index/transaction-index.ts'
import { type LogConfig, maxSegmentMs } from '../log-config.ts'
import type { LogEnvironment } from '../log-environment.ts'
import { SegmentFile, type SegmentSuffix } from '../log-file-names.ts'
import type { OpenFile } from './open-files.ts'
import { PositionHints } from './position-hints.ts'
import { SegmentFiles } from './segment-files.ts'
import { SegmentIndexes } from './segment-indexes.ts'
import { type Allocate, emptySegmentRead, readBatches, type SegmentRead } from './read-batches.ts'
import { leaveUnread } from './unread-batches.ts'

const MAX_RELATIVE_OFFSET = 2 ** 31 - 1
/** To look at headers: a few index intervals. */
const SCAN_BYTES = 64 * 1024

/** What is about to be appended, for the question whether it still fits (Kafka's `RollParams`). */
export interface UpcomingAppend {
  readonly sizeInBytes: number
  readonly maxTimestamp: number
  readonly lastOffset: number
}

/**
 * A stretch of a log: a file of batches and its indexes, all named by the offset it begins at (Kafka's `LogSegment`). Only the last
 * one of a log is appended to. File and indexes are opened and read when they are used, and let go when others are used more.
 */
export class LogSegment implements OpenFile {
  readonly baseOffset: number
  lastUse = 0
  readonly #environment: LogEnvironment
  readonly #files: SegmentFiles
  /** As of the making: Kafka's segments do not follow later changes of `index.interval.bytes` and the like either. */
  readonly #config: LogConfig
  /** Taken off `segment.ms`, so that logs made together do not roll together. */
  readonly #rollJitterMs: number
  /** Nothing is appended any more, so that the files hold all there is to know. */
  #isSealed = false
  #sizeInBytes = 0
  #nextOffset: number
  /** Neither the index nor what was appended tells it. */
  #isMaxTimestampUnknown = false
  /** The largest timestamp of the first batch. */
  #firstTimestamp: number | undefined
  #createdMs: number
  // Made when they are needed: most partitions of a test are never written to.
  #indexes: SegmentIndexes | undefined
  #transactionIndex: TransactionIndex | undefined
  #hints: PositionHints | undefined

  /** @param suffix what the names of its files end in while it is no part of a log; default nothing */
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
    this.#createdMs = clock.now()
    const jitterMs = Math.min(config.segmentJitterMs, config.segmentMs)
    this.#rollJitterMs = jitterMs > 0 ? random.int(jitterMs) : 0
    this.#nextOffset = baseOffset
  }

  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  /** The offset after the last record, or the base offset; of a sealed segment that was found on disk, where the next one begins. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** The largest timestamp, and the last offset of the batch that has it. */
  get maxTimestamp(): TimestampOffset {
    if (this.#isMaxTimestampUnknown) this.#findMaxTimestamp()
    return this.#indexes?.maxTimestamp ?? { timestamp: -1, offset: this.baseOffset }
  }

  /** Milliseconds since the epoch; where no record has a timestamp, when the segment was made, opened or last emptied. */
  get largestTimestamp(): number {
    const { timestamp } = this.maxTimestamp
    return timestamp >= 0 ? timestamp : this.#createdMs
  }

  /** The largest timestamp of the first batch, milliseconds since the epoch; -1 when there is none. */
  get firstBatchTimestamp(): number {
    return (this.#firstTimestamp ??= this.#readFirstTimestamp())
  }

  /** Where the log's file is. */
  get path(): string {
    return this.#files.pathOf(SegmentFile.Log)
  }

  get offsetIndex(): OffsetIndex {
    return this.#searchableIndexes().offset
  }

  get timeIndex(): TimeIndex {
    return this.#searchableIndexes().time
  }

  get transactionIndex(): TransactionIndex {
    return (this.#transactionIndex ??= new TransactionIndex(
      this.#environment.fileSystem,
      this.#files.pathOf(SegmentFile.TransactionIndex),
    ))
  }

  shouldRoll(config: LogConfig, upcoming: UpcomingAppend): boolean {
    if (this.#sizeInBytes > config.segmentBytes - upcoming.sizeInBytes) return true
    if (upcoming.lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET) return true
    if (this.#indexes?.isFull(this.#config.segmentIndexBytes)) return true
    if (this.#sizeInBytes === 0) return false
    return this.#waitedMs(upcoming.maxTimestamp) > maxSegmentMs(config) - this.#rollJitterMs
  }

  /**
   * Appends whole batches whose offsets are assigned. Nothing has changed when it throws.
   *
   * @param batches all that is in `records`
   */
  append(records: Uint8Array, batches: Iterable<BatchView> = batchesOf(records)): void {
    const position = this.#sizeInBytes
    const firstOffset = this.#nextOffset
    const indexes = this.#loadedIndexes()
    this.#files.write(records, position)
    for (const batch of batches) {
      const { lastOffset, start, sizeInBytes } = batch
      this.#noteBatch(indexes, batch, lastOffset, position + start, sizeInBytes)
    }
    this.#sizeInBytes = position + records.length
    this.#hints ??= new PositionHints()
    this.#hints.noteAppended(firstOffset, position)
  }

  /**
   * Whole batches from the one that holds `startOffset`, or follows it, on. 0 bytes when none fits; `undefined` when all of the
   * segment is before `startOffset`.
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
    const position = this.positionOf(startOffset)
    if (position >= this.#sizeInBytes) return undefined
    const { bytes, nextOffset, unreadBytes } = readBatches(
      this.#files.open(),
      position,
      maxPosition,
      maxBytes,
      minOneMessage,
      allocate,
    )
    if (unreadBytes > 0) {
      const open = () => this.#files.open()
      const end = { offset: this.#nextOffset, position: position + unreadBytes }
      const isRest = end.position === maxPosition
      return leaveUnread(open, position, end, isRest ? undefined : this.offsetIndex)
    }
    if (nextOffset === undefined) return emptySegmentRead
    this.#hints ??= new PositionHints()
    this.#hints.noteRead(nextOffset, position + bytes.length)
    return { slices: [bytes], sizeInBytes: bytes.length, upperBoundOffset: nextOffset }
  }

  /** The position of the batch that holds `offset` or follows it; the size when there is none. */
  positionOf(offset: number): number {
    if (offset >= this.#nextOffset) return this.#sizeInBytes
    const hint = this.#hints?.find(offset) ?? -1
    if (hint >= 0) return hint
    const found = this.#search(offset)
    if (found !== undefined) return found
    this.#rebuildIndexes()
    this.#indexes?.release()
    return this.#search(offset)!
  }

  /** The batches from a batch's position on; each is to be looked at before the next one is asked for. */
  batchesFrom(position: number): Generator<ScannedBatch, void, undefined> {
    if (position >= this.#sizeInBytes) return noBatches()
    return scanBatches(this.#files, position, this.#sizeInBytes, SCAN_BYTES)
  }

  /**
   * Takes over what the files hold, without reading more than the ends of the indexes and, of the last segment, the batches behind
   * the last entry. False when an index cannot be right: the segment is to be recovered.
   *
   * @param nextBaseOffset where the segment behind it begins; default none: it is the one that is appended to
   * @param hasAborted whether there is a file of the transaction index; default: looked for
   */
  load(
    nextBaseOffset = Infinity,
    hasAborted = this.#files.exists(SegmentFile.TransactionIndex),
  ): boolean {
    this.#sizeInBytes = this.#files.openStored()
    const indexes = (this.#indexes ??= this.#newIndexes())
    if (!indexes.open(this.#sizeInBytes)) return false
    if (hasAborted && !this.transactionIndex.load(this.baseOffset)) return false
    const { offset, time } = indexes
    const isSealed = nextBaseOffset < Infinity
    const isAllTail = !isSealed && offset.entryCount === 0
    this.#isMaxTimestampUnknown = time.entryCount === 0 && this.#sizeInBytes > 0 && !isAllTail
    if (!isSealed) return this.#takeInTail() === this.#sizeInBytes
    this.#isSealed = true
    this.#nextOffset = nextBaseOffset
    this.close()
    return offset.lastOffset < nextBaseOffset
  }

  /**
   * Reads every batch, builds the indexes anew, and cuts the file at the first batch that is torn or corrupt. Returns how many bytes
   * were cut. The transaction index is left to the caller, who knows the transactions.
   *
   * @param onBatch called with every batch of a producer and the first of each leader's epoch, before the next one is read
   */
  recover(onBatch: (batch: BatchView) => void): number {
    const fileBytes = this.#files.openStored()
    const indexes = (this.#indexes ??= this.#newIndexes())
    this.#forget(indexes)
    const scanner = new BatchScanner(this.#files, 0, fileBytes)
    let position = 0
    let epoch: number | undefined
    try {
      while (scanner.next()) {
        const { batch, sizeInBytes } = scanner
        const { baseOffset, lastOffset } = batch
        if (baseOffset < this.#nextOffset || lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET)
          break
        if (!batch.isChecksumValid) break
        this.#noteBatch(indexes, batch, lastOffset, position, sizeInBytes)
        if (batch.hasProducerId || batch.partitionLeaderEpoch !== epoch) {
          epoch = batch.partitionLeaderEpoch
          // A view of its own: one that is handed on is allocated, which takes an eighth of the time that a small batch does.
          onBatch(scanner.batch)
        }
        position += sizeInBytes
      }
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
    } finally {
      scanner.close()
    }
    indexes.complete()
    indexes.beginInterval()
    this.#sizeInBytes = position
    if (position < fileBytes) this.#files.truncate(position)
    this.#files.markUnsynced()
    return fileBytes - position
  }

  /** Drops the batches from the one that holds `offset` on, and is appended to again. Returns how many bytes they had. */
  truncateTo(offset: number): number {
    const end = this.positionOf(offset)
    const removed = this.#sizeInBytes - end
    if (removed === 0 && !this.#isSealed) return 0
    const indexes = this.#loadedIndexes()
    if (removed > 0) {
      this.#hints = undefined
      this.#files.truncate(end)
      this.#sizeInBytes = end
      this.transactionIndex.truncateTo(offset)
    }
    indexes.truncateTo(offset)
    this.#isSealed = false
    this.#takeInTail()
    if (end === 0) this.#begin()
    return removed
  }

  /** Makes the file, so that the base offset is found again although there is no record. */
  createFile(): void {
    this.#files.open()
  }

  /** Nothing will be appended any more: the files get the form that they keep (Kafka's `onBecomeInactiveSegment`). */
  becomeInactive(): void {
    if (this.#isSealed) return
    this.trim()
    this.#isSealed = true
    this.#indexes?.release()
  }

  /**
   * Completes and writes the indexes and cuts off what was preallocated, as when the log is closed.
   *
   * @param sync whether the indexes are forced to the disk
   */
  trim(sync = false): void {
    if (!this.#indexes?.isComplete) this.#loadedIndexes().complete()
    this.writeIndexes(sync)
    this.#files.trim(this.#sizeInBytes)
  }

  /** Brings the files of the indexes up to date. */
  writeIndexes(sync: boolean): void {
    this.#indexes?.write(sync)
  }

  /** Is as old as another segment, where no record has a timestamp. */
  keepTimeOf(other: LogSegment): void {
    this.#createdMs = other.#createdMs
  }

  /** Forces the records to the disk. */
  sync(): void {
    this.#files.sync()
  }

  /** As {@link sync}, but the event loop goes on meanwhile. */
  syncLater(): Promise<void> {
    return this.#files.syncLater()
  }

  /**
   * Forces the records to the disk, and the indexes with them once nothing is appended any more: those of the active segment are built
   * again after a crash in any case.
   */
  flush(withIndexes = this.#isSealed): void {
    this.sync()
    if (!withIndexes) return
    this.writeIndexes(true)
    this.#transactionIndex?.sync()
  }

  /**
   * Gives the files other names, those that there are (Kafka's `changeFileSuffixes`). What is open stays open. Throws the error of the
   * system when a file cannot be renamed; those before it have their new names then.
   */
  renameTo(suffix: SegmentSuffix): void {
    this.#files.renameTo(suffix)
    const pathOf = (kind: SegmentFile) => this.#files.pathOf(kind)
    this.#indexes?.moveTo(pathOf)
    this.#transactionIndex?.moveTo(pathOf(SegmentFile.TransactionIndex))
  }

  /** Closes and removes the files. The segment must not be used any more. */
  deleteFiles(): void {
    this.close()
    this.#files.remove()
  }

  /** Lets go of the file; the next use opens it again. */
  close(): void {
    this.#files.close()
  }

  /** As {@link close}, for good: whoever still reads it is refused, since its names may come to be another segment's. */
  abandon(): void {
    this.close()
    this.#files.abandon()
  }

  /** As {@link close}, for another segment's sake, which a failure must not meet. */
  release(): void {
    try {
      this.close()
    } catch (error) {
      this.#environment.onStorageFailure(error as Error)
    }
  }

  #newIndexes(): SegmentIndexes {
    const { fileSystem } = this.#environment
    return new SegmentIndexes(fileSystem, (kind) => this.#files.pathOf(kind), this.baseOffset)
  }

  #loadedIndexes(): SegmentIndexes {
    const indexes = (this.#indexes ??= this.#newIndexes())
    if (!indexes.isLoaded && !indexes.load()) this.#rebuildIndexes()
    return indexes
  }

  /** Has looked at all entries once, but does not keep them. */
  #searchableIndexes(): SegmentIndexes {
    if (this.#indexes?.isSearchable) return this.#indexes
    const indexes = this.#loadedIndexes()
    indexes.release()
    return indexes
  }

  /** `undefined` when the index leads to where no batch begins. */
  #search(offset: number): number | undefined {
    const entry = this.#searchableIndexes().offset.lookup(offset)
    return findBatchPosition(this.#files.open(), offset, entry, this.#sizeInBytes)
  }

  /** From the headers alone, as far as they can be followed: the records were sound when the segment was opened. */
  #rebuildIndexes(): void {
    this.#environment.onWarning(`the indexes of ${this.path} are built anew`)
    const indexes = this.#indexes!
    const nextOffset = this.#nextOffset
    indexes.reset()
    try {
      for (const { batch, position } of this.batchesFrom(0)) {
        this.#noteBatch(indexes, batch, batch.lastOffset, position, batch.sizeInBytes)
      }
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
    }
    this.#nextOffset = nextOffset
    this.#isMaxTimestampUnknown = false
    if (!this.#isSealed) return
    indexes.complete()
    indexes.write(this.#environment.durability === 'synced')
  }

  #noteBatch(
    indexes: SegmentIndexes,
    batch: BatchView,
    lastOffset: number,
    position: number,
    size: number,
  ): void {
    const { maxTimestamp } = batch
    if (position === 0) this.#firstTimestamp = maxTimestamp
    indexes.note(lastOffset, maxTimestamp, position, size, this.#config.indexIntervalBytes)
    this.#nextOffset = lastOffset + 1
  }

  /** Looks at the batches behind the last index entry. Returns where the last whole one ends. */
  #takeInTail(): number {
    const indexes = this.#indexes!
    let end = indexes.offset.lastEntry.position
    this.#nextOffset = this.baseOffset
    for (const { batch } of this.batchesFrom(end)) {
      const { lastOffset, sizeInBytes } = batch
      indexes.noteTimestamp(lastOffset, batch.maxTimestamp)
      this.#nextOffset = lastOffset + 1
      end += sizeInBytes
    }
    return end
  }

  #findMaxTimestamp(): void {
    this.#isMaxTimestampUnknown = false
    for (const { batch } of this.batchesFrom(0)) {
      this.#indexes!.noteTimestamp(batch.lastOffset, batch.maxTimestamp)
    }
  }

  /** By the records' timestamps, or by the clock when they have none. */
  #waitedMs(maxTimestamp: number): number {
    const { firstBatchTimestamp } = this
    if (firstBatchTimestamp >= 0) return maxTimestamp - firstBatchTimestamp
    return this.#environment.clock.now() - this.#createdMs
  }

  #readFirstTimestamp(): number {
    for (const { batch } of this.batchesFrom(0)) return batch.maxTimestamp
    return -1
  }

  #forget(indexes: SegmentIndexes): void {
    indexes.reset()
    this.#hints = undefined
    this.#sizeInBytes = 0
    this.#nextOffset = this.baseOffset
    this.#isSealed = false
    this.#begin()
  }

  /** As if it had just been made. */
  #begin(): void {
    this.#createdMs = this.#environment.clock.now()
    this.#firstTimestamp = undefined
    this.#isMaxTimestampUnknown = false
  }
}

function* noBatches(): Generator<ScannedBatch, void, undefined> {}
