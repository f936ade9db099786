import type { FileSystem } from '../../platform/file-system.ts'
import { OffsetIndex } from '../index/offset-index.ts'
import { TimeIndex, type TimestampOffset } from '../index/time-index.ts'
import { SegmentFile } from '../log-file-names.ts'

/** Returns the path of a file. */
export type PathOf = (kind: SegmentFile) => string

/**
 * The offset index and the time index of a segment, which grow and are truncated together, and the
 * state of their next entries.
 */
export class SegmentIndexes {
  readonly offset: OffsetIndex
  readonly time: TimeIndex
  #maxTimestamp: TimestampOffset
  #bytesSinceLastEntry = 0

  constructor(fileSystem: FileSystem, pathOf: PathOf, baseOffset: number) {
    this.offset = new OffsetIndex(fileSystem, pathOf(SegmentFile.OffsetIndex), baseOffset)
    this.time = new TimeIndex(fileSystem, pathOf(SegmentFile.TimeIndex), baseOffset)
    this.#maxTimestamp = this.time.lastEntry
  }

  /** The largest timestamp, and the last offset of the batch that has it. */
  get maxTimestamp(): TimestampOffset {
    return this.#maxTimestamp
  }

  get isLoaded(): boolean {
    return this.offset.isLoaded && this.time.isLoaded
  }

  get isSearchable(): boolean {
    return this.offset.isSearchable && this.time.isSearchable
  }

  /** @param maxBytes `segment.index.bytes` */
  isFull(maxBytes: number): boolean {
    return this.offset.isFull(maxBytes) || this.time.isFull(maxBytes)
  }

  /**
   * Opens the files without reading all entries. Returns false if they cannot match records of this
   * size.
   */
  open(recordBytes: number): boolean {
    if (!this.offset.open() || !this.time.open()) return false
    this.#maxTimestamp = this.time.lastEntry
    this.#bytesSinceLastEntry = 0
    return this.offset.entryCount === 0 || this.offset.lastEntry.position < recordBytes
  }

  /**
   * Loads all entries. Returns false if the files are missing or wrong: then {@link reset} and
   * rebuild them.
   */
  load(): boolean {
    return this.offset.load() && this.time.load()
  }

  /** Frees the memory of entries that are in the files. Lookups still work. */
  release(): void {
    this.offset.release()
    this.time.release()
  }

  /** Adds index entries for a batch appended at `position`. */
  note(
    lastOffset: number,
    maxTimestamp: number,
    position: number,
    size: number,
    indexIntervalBytes: number,
  ): void {
    this.noteTimestamp(lastOffset, maxTimestamp)
    if (this.#bytesSinceLastEntry > indexIntervalBytes) {
      this.offset.append(lastOffset, position)
      this.time.maybeAppend(this.#maxTimestamp.timestamp, this.#maxTimestamp.offset)
      this.#bytesSinceLastEntry = 0
    }
    this.#bytesSinceLastEntry += size
  }

  /** Notes the largest timestamp of a batch. */
  noteTimestamp(offset: number, timestamp: number): void {
    if (timestamp > this.#maxTimestamp.timestamp) this.#maxTimestamp = { timestamp, offset }
  }

  /**
   * Starts the interval to the next entry at the end of the file, as Kafka does after recovery, and
   * not at the last entry.
   */
  beginInterval(): void {
    this.#bytesSinceLastEntry = 0
  }

  /**
   * Removes the entries at or above `offset`. The caller notes the timestamps of batches after the
   * last entry with {@link noteTimestamp}.
   */
  truncateTo(offset: number): void {
    this.offset.truncateTo(offset)
    this.time.truncateTo(offset)
    this.#maxTimestamp = this.time.lastEntry
    this.#bytesSinceLastEntry = 0
  }

  /** Removes all entries. */
  reset(): void {
    this.offset.reset()
    this.time.reset()
    this.#maxTimestamp = this.time.lastEntry
    this.#bytesSinceLastEntry = 0
  }

  /** Whether {@link complete} has nothing to add. */
  get isComplete(): boolean {
    return this.#maxTimestamp.timestamp <= this.time.lastEntry.timestamp
  }

  /** Adds the largest timestamp to the time index, when no batch will be appended any more. */
  complete(): void {
    this.time.maybeAppend(this.#maxTimestamp.timestamp, this.#maxTimestamp.offset)
  }

  write(sync: boolean): void {
    this.offset.write(sync)
    this.time.write(sync)
  }

  /** Notes new names of the files. */
  moveTo(pathOf: PathOf): void {
    this.offset.moveTo(pathOf(SegmentFile.OffsetIndex))
    this.time.moveTo(pathOf(SegmentFile.TimeIndex))
  }
}
