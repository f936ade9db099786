import type { FileSystem } from '../../platform/file-system.ts'
import { int32At, int64At, putInt32, putInt64 } from '../../record/big-endian.ts'
import { IndexFile, lastEntryWhere } from './index-file.ts'

const ENTRY_BYTES = 12

/** A timestamp, and the last offset of the batch that has it; -1 means no timestamp. */
export interface TimestampOffset {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly offset: number
}

/**
 * A sparse index of the largest timestamp so far (Kafka's `TimeIndex`, `.timeindex`). An entry has
 * a timestamp (int64) and an offset (int32, relative to the base offset): all records with larger
 * timestamps come after it.
 */
export class TimeIndex {
  readonly #file: IndexFile
  readonly #baseOffset: number
  #lastEntry: TimestampOffset

  constructor(fileSystem: FileSystem, path: string, baseOffset: number) {
    this.#file = new IndexFile(fileSystem, path, ENTRY_BYTES)
    this.#baseOffset = baseOffset
    this.#lastEntry = this.#none
  }

  get entryCount(): number {
    return this.#file.entryCount
  }

  /**
   * Timestamp -1 and the base offset if there is none. Available while the entries are not loaded.
   */
  get lastEntry(): TimestampOffset {
    return this.#lastEntry
  }

  /** Whether entries can be added and removed. */
  get isLoaded(): boolean {
    return this.#file.isLoaded
  }

  /** Whether entries can be looked up. */
  get isSearchable(): boolean {
    return this.#file.isSearchable
  }

  /**
   * Returns whether only the entry for the largest timestamp of a sealed segment is left.
   *
   * @param maxBytes `segment.index.bytes`
   */
  isFull(maxBytes: number): boolean {
    return this.#file.sizeInBytes + 2 * ENTRY_BYTES > maxBytes
  }

  /**
   * Opens the file, and checks its size, its first and its last entry (Kafka's `sanityCheck`).
   * Returns false if it is missing or wrong.
   */
  open(): boolean {
    const edges = this.#file.open()
    if (edges === undefined) return false
    this.#lastEntry = edges.length === 0 ? this.#none : this.#entryIn(edges, ENTRY_BYTES)
    if (edges.length === 0) return true
    const { timestamp, offset } = this.#lastEntry
    return timestamp >= int64At(edges, 0) && timestamp >= 0 && offset >= this.#baseOffset
  }

  /**
   * Loads all entries. Returns false if the file is missing or wrong; then only {@link reset} may
   * follow.
   */
  load(): boolean {
    let timestamp = -1
    let offset = -1
    return this.#file.load((bytes, at) => {
      const isInOrder = int64At(bytes, at) > timestamp && int32At(bytes, at + 8) >= offset
      timestamp = int64At(bytes, at)
      offset = int32At(bytes, at + 8)
      return isInOrder
    })
  }

  /** Frees the memory if all entries are in the file. Lookups still work. */
  release(): void {
    this.#file.release()
  }

  /** Adds a timestamp if it is larger than the last one. */
  maybeAppend(timestamp: number, offset: number): void {
    if (timestamp <= this.#lastEntry.timestamp) return
    const at = this.#file.addEntry()
    putInt64(this.#file.bytes, at, timestamp)
    putInt32(this.#file.bytes, at + 8, offset - this.#baseOffset)
    this.#lastEntry = { timestamp, offset }
  }

  /**
   * Returns the last entry with a timestamp up to this one. All earlier records have smaller
   * timestamps.
   */
  lookup(timestamp: number): TimestampOffset {
    if (timestamp >= this.#lastEntry.timestamp) return this.#lastEntry
    const entry = this.#file.find((bytes, at) => int64At(bytes, at) <= timestamp)
    return entry === undefined ? this.#none : this.#entryIn(entry, 0)
  }

  /** Removes the entries at or above `offset`. */
  truncateTo(offset: number): void {
    if (this.entryCount === 0 || this.#lastEntry.offset < offset) return
    const { bytes } = this.#file
    const relativeOffset = offset - this.#baseOffset
    const isKept = (entry: number) => int32At(bytes, entry * ENTRY_BYTES + 8) < relativeOffset
    const kept = lastEntryWhere(this.entryCount, isKept) + 1
    this.#file.truncate(kept)
    this.#lastEntry = kept === 0 ? this.#none : this.#entryIn(bytes, (kept - 1) * ENTRY_BYTES)
  }

  reset(): void {
    this.#file.reset()
    this.#lastEntry = this.#none
  }

  write(sync: boolean): void {
    this.#file.write(sync)
  }

  /** Notes a new name of the file. */
  moveTo(path: string): void {
    this.#file.moveTo(path)
  }

  get #none(): TimestampOffset {
    return { timestamp: -1, offset: this.#baseOffset }
  }

  #entryIn(bytes: Uint8Array, at: number): TimestampOffset {
    return { timestamp: int64At(bytes, at), offset: this.#baseOffset + int32At(bytes, at + 8) }
  }
}
