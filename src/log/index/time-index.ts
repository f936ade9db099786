import type { FileSystem } from '../../platform/file-system.ts'
import { int32At, int64At, putInt32, putInt64 } from '../../record/big-endian.ts'
import { IndexFile, lastEntryWhere } from './index-file.ts'

const ENTRY_BYTES = 12

/** A timestamp, and the last offset of the batch that has it; -1 stands for no timestamp. */
export interface TimestampOffset {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly offset: number
}

/**
 * The largest timestamp so far, noted now and then (Kafka's `TimeIndex`, `.timeindex`): per entry a timestamp (int64) and an offset
 * (int32, relative to the base offset) such that all records with larger timestamps come after it.
 */
export class TimeIndex {
  readonly #file: IndexFile
  readonly #baseOffset: number

  constructor(fileSystem: FileSystem, path: string, baseOffset: number) {
    this.#file = new IndexFile(fileSystem, path, ENTRY_BYTES)
    this.#baseOffset = baseOffset
  }

  get entryCount(): number {
    return this.#file.entryCount
  }

  /** Timestamp -1 and the base offset when there is none. */
  get lastEntry(): TimestampOffset {
    return this.entry(this.entryCount - 1)
  }

  /** One entry is kept free for the largest timestamp when the segment is sealed. @param maxBytes `segment.index.bytes` */
  isFull(maxBytes: number): boolean {
    return this.entryCount >= Math.floor(maxBytes / ENTRY_BYTES) - 1
  }

  /** Reads the file; false when it is not there or cannot be right. */
  load(): boolean {
    if (!this.#file.load()) return false
    if (this.entryCount === 0) return true
    const { timestamp, offset } = this.lastEntry
    return timestamp >= this.entry(0).timestamp && offset >= this.#baseOffset
  }

  /** Notes a timestamp that is larger than the last one; others are passed over. */
  maybeAppend(timestamp: number, offset: number): void {
    if (timestamp <= this.#lastTimestamp) return
    const at = this.#file.addEntry()
    putInt64(this.#file.bytes, at, timestamp)
    putInt32(this.#file.bytes, at + 8, offset - this.#baseOffset)
  }

  entry(index: number): TimestampOffset {
    if (index < 0) return { timestamp: -1, offset: this.#baseOffset }
    return {
      timestamp: this.#timestampAt(index),
      offset: this.#offsetAt(index),
    }
  }

  /** The last entry with a timestamp not above this one; all earlier records have smaller timestamps. */
  lookup(timestamp: number): TimestampOffset {
    return this.entry(
      lastEntryWhere(this.entryCount, (entry) => this.#timestampAt(entry) <= timestamp),
    )
  }

  /** Drops the entries at or above `offset`. */
  truncateTo(offset: number): void {
    this.#file.truncate(
      lastEntryWhere(this.entryCount, (entry) => this.#offsetAt(entry) < offset) + 1,
    )
  }

  reset(): void {
    this.#file.truncate(0)
  }

  write(sync: boolean): void {
    this.#file.write(sync)
  }

  /** The file has another name now. */
  moveTo(path: string): void {
    this.#file.moveTo(path)
  }

  get #lastTimestamp(): number {
    return this.entryCount === 0 ? -1 : this.#timestampAt(this.entryCount - 1)
  }

  #timestampAt(index: number): number {
    return int64At(this.#file.bytes, index * ENTRY_BYTES)
  }

  #offsetAt(index: number): number {
    return this.#baseOffset + int32At(this.#file.bytes, index * ENTRY_BYTES + 8)
  }
}
