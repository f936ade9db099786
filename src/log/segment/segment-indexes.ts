import type { FileSystem } from '../../platform/file-system.ts'
import { OffsetIndex } from '../index/offset-index.ts'
import { TimeIndex, type TimestampOffset } from '../index/time-index.ts'
import { SegmentFile } from '../log-file-names.ts'

/** Where the file of a kind is. */
export type PathOf = (kind: SegmentFile) => string

/** The offset index and the time index of a segment, which grow and are cut together, and what they will note next. */
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

  /** Takes over the files without reading them all. False when they cannot be right for records of this size. */
  open(recordBytes: number): boolean {
    if (!this.offset.open() || !this.time.open()) return false
    this.#maxTimestamp = this.time.lastEntry
    this.#bytesSinceLastEntry = 0
    return this.offset.entryCount === 0 || this.offset.lastEntry.position < recordBytes
  }

  /** Has all entries in memory; false when the files are gone or wrong: they are to be {@link reset} and built anew. */
  load(): boolean {
    return this.offset.load() && this.time.load()
  }

  /** Lets go of the memory, as far as the files hold everything; entries can still be looked up. */
  release(): void {
    this.offset.release()
    this.time.release()
  }

  /** A batch was appended at `position`. */
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

  /** A batch may have the largest timestamp. */
  noteTimestamp(offset: number, timestamp: number): void {
    if (timestamp > this.#maxTimestamp.timestamp) this.#maxTimestamp = { timestamp, offset }
  }

  /** What was found in the file has been noted: as in Kafka, the way to the next entry begins where that ends, and not behind the last entry. */
  beginInterval(): void {
    this.#bytesSinceLastEntry = 0
  }

  /** Drops the entries at or above `offset`; what is left behind the last one is to be told by {@link noteTimestamp}. */
  truncateTo(offset: number): void {
    this.offset.truncateTo(offset)
    this.time.truncateTo(offset)
    this.#maxTimestamp = this.time.lastEntry
    this.#bytesSinceLastEntry = 0
  }

  /** Forgets everything. */
  reset(): void {
    this.offset.reset()
    this.time.reset()
    this.#maxTimestamp = this.time.lastEntry
    this.#bytesSinceLastEntry = 0
  }

  /** Whether {@link complete} has nothing to note. */
  get isComplete(): boolean {
    return this.#maxTimestamp.timestamp <= this.time.lastEntry.timestamp
  }

  /** Notes the largest timestamp, as is done when nothing more will be appended. */
  complete(): void {
    this.time.maybeAppend(this.#maxTimestamp.timestamp, this.#maxTimestamp.offset)
  }

  write(sync: boolean): void {
    this.offset.write(sync)
    this.time.write(sync)
  }

  /** The files have other names now. */
  moveTo(pathOf: PathOf): void {
    this.offset.moveTo(pathOf(SegmentFile.OffsetIndex))
    this.time.moveTo(pathOf(SegmentFile.TimeIndex))
  }
}
