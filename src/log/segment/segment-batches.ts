import { invariant } from '../../platform/invariant.ts'
import type { BatchView } from '../../record/batch-view.ts'
import type { TimestampOffset } from '../index/time-index.ts'
import type { LogEnvironment } from '../log-environment.ts'
import { SegmentFile } from '../log-file-names.ts'
import { type ScannedBatch, scanBatches } from './batch-scanner.ts'
import { findBatchPosition } from './batch-search.ts'
import { PositionHints } from './position-hints.ts'
import { type Allocate, emptySegmentRead, readBatches, type SegmentRead } from './read-batches.ts'
import type { SegmentFiles } from './segment-files.ts'
import { SegmentIndexes } from './segment-indexes.ts'
import { readTail, rebuildIndexes, recoverBatches, type SegmentEnd } from './segment-recovery.ts'
import { leaveUnread } from './unread-batches.ts'

/** How much is read at once to look at headers: a few index intervals. */
const SCAN_BYTES = 64 * 1024

/**
 * The batches of one segment with the indexes over them: appends, reads and searches. The indexes
 * are read when they are used, and rebuilt when they are missing or wrong.
 */
export class SegmentBatches {
  readonly #environment: LogEnvironment
  readonly #files: SegmentFiles
  readonly #baseOffset: number
  readonly #indexIntervalBytes: number
  #isSealed = false
  #sizeInBytes = 0
  #nextOffset: number
  /** True when neither the time index nor the appended batches tell the largest timestamp. */
  #isMaxTimestampUnknown = false
  /** The largest timestamp of the first batch; undefined until it is read or appended. */
  #firstTimestamp: number | undefined
  // Created at the first use: most partitions of a test are never written to.
  #indexes: SegmentIndexes | undefined
  #hints: PositionHints | undefined

  constructor(
    environment: LogEnvironment,
    files: SegmentFiles,
    baseOffset: number,
    indexIntervalBytes: number,
  ) {
    this.#environment = environment
    this.#files = files
    this.#baseOffset = baseOffset
    this.#indexIntervalBytes = indexIntervalBytes
    this.#nextOffset = baseOffset
  }

  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  /**
   * The offset after the last record; of a sealed segment that was loaded, the base offset of the
   * next segment.
   */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** Whether no batch will be appended, so that the files are complete. */
  get isSealed(): boolean {
    return this.#isSealed
  }

  /** The largest timestamp, and the last offset of the batch that has it. */
  get maxTimestamp(): TimestampOffset {
    if (this.#isMaxTimestampUnknown) this.#findMaxTimestamp()
    return this.#indexes?.maxTimestamp ?? { timestamp: -1, offset: this.#baseOffset }
  }

  /**
   * The largest timestamp of the first batch in milliseconds since the epoch; -1 when there is
   * none.
   */
  get firstTimestamp(): number {
    return (this.#firstTimestamp ??= this.#readFirstTimestamp())
  }

  /** The indexes for lookups. Their entries need not be in memory. */
  get searchableIndexes(): SegmentIndexes {
    if (this.#indexes?.isSearchable) return this.#indexes
    const indexes = this.#loadedIndexes()
    indexes.release()
    return indexes
  }

  /** The indexes when they have been used before, else undefined. */
  get usedIndexes(): SegmentIndexes | undefined {
    return this.#indexes
  }

  /**
   * Appends whole batches with assigned offsets. Changes nothing when it throws.
   *
   * @param batches all batches of `records`
   */
  append(records: Uint8Array, batches: Iterable<BatchView>): void {
    const position = this.#sizeInBytes
    const firstOffset = this.#nextOffset
    invariant(!this.#isSealed, 'only an active segment is appended to')
    const indexes = this.#loadedIndexes()
    this.#files.write(records, position)
    let nextOffset = firstOffset
    for (const batch of batches) {
      const { lastOffset, maxTimestamp, start, sizeInBytes } = batch
      invariant(lastOffset >= nextOffset, 'the offsets of a segment increase')
      if (position + start === 0) this.#firstTimestamp = maxTimestamp
      indexes.note(
        lastOffset,
        maxTimestamp,
        position + start,
        sizeInBytes,
        this.#indexIntervalBytes,
      )
      nextOffset = lastOffset + 1
    }
    this.#nextOffset = nextOffset
    this.#sizeInBytes = position + records.length
    this.#hints ??= new PositionHints()
    this.#hints.noteAppended(firstOffset, position)
  }

  /** See `LogSegment.read`. */
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
      return leaveUnread(open, position, end, isRest ? undefined : this.searchableIndexes.offset)
    }
    if (nextOffset === undefined) return emptySegmentRead
    this.#hints ??= new PositionHints()
    this.#hints.noteRead(nextOffset, position + bytes.length)
    return { slices: [bytes], sizeInBytes: bytes.length, upperBoundOffset: nextOffset }
  }

  /**
   * Returns the position of the first batch that ends at or after `offset`, or the size when there
   * is none.
   */
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

  /**
   * Iterates over the batches from a position. Each batch is valid until the next one is requested.
   */
  from(position: number): Generator<ScannedBatch, void, undefined> {
    if (position >= this.#sizeInBytes) return noBatches()
    return scanBatches(this.#files, position, this.#sizeInBytes, SCAN_BYTES)
  }

  /**
   * Loads the end of the indexes and, of an active segment, the batches after the last index entry.
   * Returns false when an index is missing or wrong: the segment needs {@link recover}.
   *
   * @param nextBaseOffset the base offset of the next segment, or `Infinity` for the active segment
   */
  load(nextBaseOffset: number): boolean {
    this.#sizeInBytes = this.#files.openStored()
    const indexes = (this.#indexes ??= this.#newIndexes())
    if (!indexes.open(this.#sizeInBytes)) return false
    const { offset, time } = indexes
    const isActive = nextBaseOffset === Infinity
    const isAllTail = isActive && offset.entryCount === 0
    this.#isMaxTimestampUnknown = time.entryCount === 0 && this.#sizeInBytes > 0 && !isAllTail
    if (isActive) return this.#readTail().sizeInBytes === this.#sizeInBytes
    this.#isSealed = true
    this.#nextOffset = nextBaseOffset
    this.#files.close()
    return offset.lastOffset < nextBaseOffset
  }

  /**
   * Reads every batch, rebuilds the indexes and truncates the file. Returns the number of bytes cut
   * off.
   */
  recover(onBatch: (batch: BatchView) => void): number {
    const fileBytes = this.#files.openStored()
    const indexes = (this.#indexes ??= this.#newIndexes())
    this.#hints = undefined
    this.#firstTimestamp = undefined
    this.#isMaxTimestampUnknown = false
    this.#isSealed = false
    const end = recoverBatches(
      this.#files,
      indexes,
      this.#baseOffset,
      this.#indexIntervalBytes,
      onBatch,
    )
    invariant(end.sizeInBytes <= fileBytes, 'recovery does not add batches')
    this.#sizeInBytes = end.sizeInBytes
    this.#nextOffset = end.nextOffset
    if (end.sizeInBytes < fileBytes) this.#files.truncate(end.sizeInBytes)
    this.#files.markUnsynced()
    return fileBytes - end.sizeInBytes
  }

  /**
   * Removes the batches from the one with `offset`; after that batches can be appended. Returns the
   * number of bytes removed.
   */
  truncateTo(offset: number): number {
    const end = this.positionOf(offset)
    const removed = this.#sizeInBytes - end
    if (removed === 0 && !this.#isSealed) return 0
    const indexes = this.#loadedIndexes()
    if (removed > 0) {
      this.#hints = undefined
      this.#files.truncate(end)
      this.#sizeInBytes = end
    }
    indexes.truncateTo(offset)
    this.#isSealed = false
    this.#readTail()
    invariant(this.#nextOffset <= offset, 'truncation removes all records from the offset on')
    if (end === 0) {
      this.#firstTimestamp = undefined
      this.#isMaxTimestampUnknown = false
    }
    return removed
  }

  /** Marks the segment complete, after {@link complete}: no batch will be appended. */
  seal(): void {
    this.#isSealed = true
    this.#indexes?.release()
  }

  /**
   * Adds the largest timestamp to the time index, as Kafka does when a segment becomes inactive or
   * its log is closed.
   */
  complete(): void {
    if (!this.#indexes?.isComplete) this.#loadedIndexes().complete()
  }

  #newIndexes(): SegmentIndexes {
    const { fileSystem } = this.#environment
    return new SegmentIndexes(fileSystem, (kind) => this.#files.pathOf(kind), this.#baseOffset)
  }

  #loadedIndexes(): SegmentIndexes {
    const indexes = (this.#indexes ??= this.#newIndexes())
    if (!indexes.isLoaded && !indexes.load()) this.#rebuildIndexes()
    return indexes
  }

  /** Returns undefined when the offset index points to a position where no batch begins. */
  #search(offset: number): number | undefined {
    const entry = this.searchableIndexes.offset.lookup(offset)
    return findBatchPosition(this.#files.open(), offset, entry, this.#sizeInBytes)
  }

  #rebuildIndexes(): void {
    const { onWarning, durability } = this.#environment
    onWarning(`rebuilt the indexes of ${this.#files.pathOf(SegmentFile.Log)}`)
    const indexes = this.#indexes!
    rebuildIndexes(indexes, this.from(0), this.#indexIntervalBytes)
    this.#isMaxTimestampUnknown = false
    if (!this.#isSealed) return
    indexes.complete()
    indexes.write(durability === 'synced')
  }

  #readTail(): SegmentEnd {
    const indexes = this.#indexes!
    const end = readTail(indexes, this.from(indexes.offset.lastEntry.position), this.#baseOffset)
    this.#nextOffset = end.nextOffset
    return end
  }

  #findMaxTimestamp(): void {
    this.#isMaxTimestampUnknown = false
    for (const { batch } of this.from(0)) {
      this.#indexes!.noteTimestamp(batch.lastOffset, batch.maxTimestamp)
    }
  }

  #readFirstTimestamp(): number {
    for (const { batch } of this.from(0)) return batch.maxTimestamp
    return -1
  }
}

function* noBatches(): Generator<ScannedBatch, void, undefined> {}
