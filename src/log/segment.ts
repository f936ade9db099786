import { join } from 'node:path'
import type { FileHandle } from '../platform/file-system.ts'
import { hasErrorCode } from '../platform/system-error.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import { type ScannedBatch, scanBatches } from './batch-scanner.ts'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { SegmentFile, segmentFileName, type SegmentSuffix } from './log-file-names.ts'
import { OffsetIndex } from './index/offset-index.ts'
import { PositionHints } from './position-hints.ts'
import { type Allocate, findBatchPosition, readBatches } from './segment-reader.ts'
import { TimeIndex, type TimestampOffset } from './index/time-index.ts'
import { TransactionIndex } from './index/transaction-index.ts'

const MAX_RELATIVE_OFFSET = 2 ** 31 - 1
const SCAN_WINDOW_BYTES = 64 * 1024

/** The files whose names change together; snapshots are the producers'. */
const segmentFiles = [
  SegmentFile.Log,
  SegmentFile.OffsetIndex,
  SegmentFile.TimeIndex,
  SegmentFile.TransactionIndex,
]

/** What is about to be appended, for the question whether it still fits (Kafka's `RollParams`). */
export interface UpcomingAppend {
  readonly sizeInBytes: number
  readonly maxTimestamp: number
  readonly lastOffset: number
}

/**
 * A stretch of a log: a file of batches and its indexes, all named by the offset it begins at (Kafka's `LogSegment`). Only the last
 * one of a log is appended to.
 */
export class LogSegment {
  readonly baseOffset: number
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  readonly transactionIndex: TransactionIndex
  readonly #environment: LogEnvironment
  readonly #directory: string
  readonly #hints = new PositionHints()
  #createdMs: number
  /** Taken off `segment.ms`, so that logs made together do not roll together. */
  readonly #rollJitterMs: number
  #suffix: SegmentSuffix
  #file: FileHandle | undefined
  #sizeInBytes = 0
  #nextOffset: number
  #bytesSinceLastIndexEntry = 0
  #maxTimestamp: TimestampOffset
  /** The largest timestamp of the first batch. */
  #firstTimestamp: number | undefined

  /** @param suffix what the names of its files end in while it is no part of a log; default nothing */
  constructor(
    environment: LogEnvironment,
    directory: string,
    baseOffset: number,
    config: LogConfig,
    suffix: SegmentSuffix = '',
  ) {
    const { fileSystem, clock, random } = environment
    this.baseOffset = baseOffset
    this.#environment = environment
    this.#directory = directory
    this.#suffix = suffix
    this.offsetIndex = new OffsetIndex(
      fileSystem,
      this.#pathOf(SegmentFile.OffsetIndex),
      baseOffset,
    )
    this.timeIndex = new TimeIndex(fileSystem, this.#pathOf(SegmentFile.TimeIndex), baseOffset)
    this.transactionIndex = new TransactionIndex(
      fileSystem,
      this.#pathOf(SegmentFile.TransactionIndex),
    )
    this.#createdMs = clock.now()
    const jitterMs = Math.min(config.segmentJitterMs, config.segmentMs)
    this.#rollJitterMs = jitterMs > 0 ? random.int(jitterMs) : 0
    this.#nextOffset = baseOffset
    this.#maxTimestamp = { timestamp: -1, offset: baseOffset }
  }

  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  /** The offset after the last record, or the base offset. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** The largest timestamp, and the last offset of the batch that has it. */
  get maxTimestamp(): TimestampOffset {
    return this.#maxTimestamp
  }

  /** Milliseconds since the epoch; where no record has a timestamp, when the segment was made or opened. */
  get largestTimestamp(): number {
    const { timestamp } = this.#maxTimestamp
    return timestamp >= 0 ? timestamp : this.#createdMs
  }

  /** The largest timestamp of the first batch, milliseconds since the epoch; -1 when there is none. */
  get firstBatchTimestamp(): number {
    return (this.#firstTimestamp ??= this.#readFirstTimestamp())
  }

  /** Where the log's file is. */
  get path(): string {
    return this.#pathOf(SegmentFile.Log)
  }

  shouldRoll(config: LogConfig, upcoming: UpcomingAppend): boolean {
    if (this.#sizeInBytes > config.segmentBytes - upcoming.sizeInBytes) return true
    if (upcoming.lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET) return true
    if (this.offsetIndex.isFull(config.segmentIndexBytes)) return true
    if (this.timeIndex.isFull(config.segmentIndexBytes)) return true
    if (this.#sizeInBytes === 0) return false
    return this.#waitedMs(upcoming.maxTimestamp) > config.segmentMs - this.#rollJitterMs
  }

  /** Appends whole batches whose offsets are assigned. Nothing has changed when it throws. */
  append(records: Uint8Array, config: LogConfig): void {
    const position = this.#sizeInBytes
    const firstOffset = this.#nextOffset
    this.#handle().write([records], position)
    for (let at = 0, size; (size = batchSizeAt(records, at)) > 0; at += size) {
      this.#note(new BatchView(records, at), position + at, size, config.indexIntervalBytes)
    }
    this.#sizeInBytes = position + records.length
    this.#hints.noteAppended(firstOffset, position)
  }

  /**
   * Whole batches from the one that holds `startOffset`, or follows it, on. An empty array when none fits; `undefined` when all of the
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
  ): readonly Uint8Array[] | undefined {
    if (startOffset >= this.#nextOffset) return undefined
    const position = this.positionOf(startOffset)
    const { bytes, nextOffset } = readBatches(
      this.#handle(),
      position,
      maxPosition,
      maxBytes,
      minOneMessage,
      allocate,
    )
    if (nextOffset === undefined) return []
    this.#hints.noteRead(nextOffset, position + bytes.length)
    return [bytes]
  }

  /** The position of the batch that holds `offset` or follows it; the size when there is none. */
  positionOf(offset: number): number {
    if (offset >= this.#nextOffset) return this.#sizeInBytes
    const hint = this.#hints.find(offset)
    if (hint >= 0) return hint
    const from = this.offsetIndex.lookup(offset).position
    return findBatchPosition(this.#handle(), offset, from, this.#sizeInBytes)
  }

  /** The batches from a batch's position on; each is to be looked at before the next one is asked for. */
  batchesFrom(position: number): Generator<ScannedBatch, void, undefined> {
    if (position >= this.#sizeInBytes) return noBatches()
    return scanBatches(this.#handle(), position, this.#sizeInBytes, SCAN_WINDOW_BYTES)
  }

  /** Takes over what the files hold, without looking into the batches but the last ones. False when an index cannot be right. */
  load(): boolean {
    this.#sizeInBytes = this.#handle().size()
    if (!this.offsetIndex.load() || !this.timeIndex.load() || !this.transactionIndex.load()) {
      return false
    }
    const { entryCount } = this.offsetIndex
    const indexed = this.offsetIndex.lookup(Infinity)
    if (entryCount > 0 && indexed.position >= this.#sizeInBytes) return false
    this.#maxTimestamp = this.timeIndex.lastEntry
    let end = indexed.position
    for (const { batch, position } of this.batchesFrom(indexed.position)) {
      if (batch.maxTimestamp > this.#maxTimestamp.timestamp) {
        this.#maxTimestamp = { timestamp: batch.maxTimestamp, offset: batch.lastOffset }
      }
      this.#nextOffset = batch.nextOffset
      end = position + batch.sizeInBytes
    }
    this.#bytesSinceLastIndexEntry = end - indexed.position
    return end === this.#sizeInBytes
  }

  /**
   * Reads every batch, builds the indexes anew, and cuts the file at the first batch that is torn or corrupt. Returns how many bytes
   * were cut. The transaction index is left to the caller, who knows the transactions.
   *
   * @param onBatch called with every batch, before the next one is read
   */
  recover(config: LogConfig, onBatch: (batch: BatchView) => void): number {
    const fileBytes = this.#handle().size()
    this.#forget()
    let position = 0
    try {
      for (const { batch } of scanBatches(this.#handle(), 0, fileBytes, 1024 * 1024)) {
        if (batch.baseOffset < this.#nextOffset || !batch.isChecksumValid) break
        if (batch.lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET) break
        const size = batch.sizeInBytes
        this.#note(batch, position, size, config.indexIntervalBytes)
        onBatch(batch)
        position += size
      }
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
    }
    this.#sizeInBytes = position
    if (position < fileBytes) this.#handle().truncate(position)
    return fileBytes - position
  }

  /** Drops the batches from the one that holds `offset` on. Returns how many bytes they had. */
  truncateTo(offset: number): number {
    const end = this.positionOf(offset)
    const removed = this.#sizeInBytes - end
    if (removed === 0) return 0
    this.#hints.clear()
    this.#handle().truncate(end)
    this.#sizeInBytes = end
    this.offsetIndex.truncateTo(offset)
    this.timeIndex.truncateTo(offset)
    this.transactionIndex.truncateTo(offset)
    this.#nextOffset = this.baseOffset
    this.#maxTimestamp = this.timeIndex.lastEntry
    const indexed = this.offsetIndex.lookup(offset)
    this.#bytesSinceLastIndexEntry = end - indexed.position
    for (const { batch } of this.batchesFrom(indexed.position)) this.#noteTail(batch)
    if (end === 0) this.#firstTimestamp = undefined
    return removed
  }

  /** Makes the file, so that the base offset is found again although there is no record. */
  createFile(): void {
    this.#handle()
  }

  /** Completes and writes the indexes when the segment is sealed or closed. */
  writeIndexes(sync: boolean): void {
    const { timestamp, offset } = this.#maxTimestamp
    this.timeIndex.maybeAppend(timestamp, offset)
    this.offsetIndex.write(sync)
    this.timeIndex.write(sync)
  }

  /** Is as old as another segment, where no record has a timestamp. */
  keepTimeOf(other: LogSegment): void {
    this.#createdMs = other.#createdMs
  }

  /** Forces the records to the disk. */
  sync(): void {
    this.#file?.sync()
  }

  /** As {@link sync}, but the event loop goes on meanwhile. */
  async syncLater(): Promise<void> {
    await this.#file?.syncLater()
  }

  /** Forces the records and the indexes to the disk. */
  flush(): void {
    this.sync()
    this.writeIndexes(true)
  }

  /**
   * Gives the files other names, those that there are (Kafka's `changeFileSuffixes`). What is open stays open. Throws the error of the
   * system when a file cannot be renamed; those before it have their new names then.
   */
  renameTo(suffix: SegmentSuffix): void {
    const { fileSystem } = this.#environment
    for (const kind of segmentFiles) {
      const from = this.#pathOf(kind)
      const to = join(this.#directory, segmentFileName(this.baseOffset, kind) + suffix)
      try {
        fileSystem.rename(from, to)
      } catch (error) {
        if (!hasErrorCode(error, 'ENOENT')) throw error
      }
    }
    this.#suffix = suffix
    this.offsetIndex.moveTo(this.#pathOf(SegmentFile.OffsetIndex))
    this.timeIndex.moveTo(this.#pathOf(SegmentFile.TimeIndex))
    this.transactionIndex.moveTo(this.#pathOf(SegmentFile.TransactionIndex))
  }

  /** Closes and removes the files. The segment must not be used any more. */
  deleteFiles(): void {
    this.close()
    for (const kind of segmentFiles) this.#environment.fileSystem.remove(this.#pathOf(kind))
  }

  /** Lets go of the file; the next read opens it again. */
  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  #handle(): FileHandle {
    return (this.#file ??= this.#environment.fileSystem.open(this.path, { create: true }))
  }

  #pathOf(kind: SegmentFile): string {
    return join(this.#directory, segmentFileName(this.baseOffset, kind) + this.#suffix)
  }

  #note(batch: BatchView, position: number, size: number, indexIntervalBytes: number): void {
    const { lastOffset, maxTimestamp } = batch
    if (position === 0) this.#firstTimestamp = maxTimestamp
    if (maxTimestamp > this.#maxTimestamp.timestamp) {
      this.#maxTimestamp = { timestamp: maxTimestamp, offset: lastOffset }
    }
    if (this.#bytesSinceLastIndexEntry > indexIntervalBytes) {
      this.offsetIndex.append(lastOffset, position)
      this.timeIndex.maybeAppend(this.#maxTimestamp.timestamp, this.#maxTimestamp.offset)
      this.#bytesSinceLastIndexEntry = 0
    }
    this.#bytesSinceLastIndexEntry += size
    this.#nextOffset = lastOffset + 1
  }

  #noteTail(batch: BatchView): void {
    this.#nextOffset = batch.nextOffset
    if (batch.maxTimestamp > this.#maxTimestamp.timestamp) {
      this.#maxTimestamp = { timestamp: batch.maxTimestamp, offset: batch.lastOffset }
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

  #forget(): void {
    this.#hints.clear()
    this.offsetIndex.reset()
    this.timeIndex.reset()
    this.#sizeInBytes = 0
    this.#nextOffset = this.baseOffset
    this.#bytesSinceLastIndexEntry = 0
    this.#maxTimestamp = { timestamp: -1, offset: this.baseOffset }
    this.#firstTimestamp = undefined
  }
}

function* noBatches(): Generator<ScannedBatch, void, undefined> {}
