import type { FileSystem } from '../../platform/file-system.ts'
import { int32At, putInt32, uint32At } from '../../record/big-endian.ts'
import { IndexFile, lastEntryWhere } from './index-file.ts'

const ENTRY_BYTES = 8

/**
 * The largest offset of a record relative to the base offset of its segment: index entries hold it
 * as an int32.
 */
export const MAX_RELATIVE_OFFSET = 2 ** 31 - 1

/** An offset and its position in the segment's file. */
export interface OffsetPosition {
  readonly offset: number
  readonly position: number
}

/**
 * A sparse index from offsets to positions (Kafka's `OffsetIndex`, `.index`). An entry has the last
 * offset of a batch, relative to the base offset, and the batch's position in the file, each as an
 * int32.
 */
export class OffsetIndex {
  readonly #file: IndexFile
  readonly #baseOffset: number
  #lastEntry: OffsetPosition

  constructor(fileSystem: FileSystem, path: string, baseOffset: number) {
    this.#file = new IndexFile(fileSystem, path, ENTRY_BYTES)
    this.#baseOffset = baseOffset
    this.#lastEntry = this.#start
  }

  get entryCount(): number {
    return this.#file.entryCount
  }

  /**
   * The base offset and position 0 if there is none. Available while the entries are not loaded.
   */
  get lastEntry(): OffsetPosition {
    return this.#lastEntry
  }

  /** The offset of the last entry, or the base offset if there is none. */
  get lastOffset(): number {
    return this.#lastEntry.offset
  }

  /** Whether entries can be added and removed. */
  get isLoaded(): boolean {
    return this.#file.isLoaded
  }

  /** Whether entries can be looked up. */
  get isSearchable(): boolean {
    return this.#file.isSearchable
  }

  /** @param maxBytes `segment.index.bytes` */
  isFull(maxBytes: number): boolean {
    return this.#file.sizeInBytes + ENTRY_BYTES > maxBytes
  }

  /**
   * Opens the file, and checks its size and its last entry (Kafka's `sanityCheck`). Returns false
   * if it is missing or wrong.
   */
  open(): boolean {
    const edges = this.#file.open()
    if (edges === undefined) return false
    this.#lastEntry = edges.length === 0 ? this.#start : this.#entryIn(edges, ENTRY_BYTES)
    if (edges.length === 0) return true
    // A preallocated file that was never written contains zeros. The first batch has no entry.
    return this.#lastEntry.offset >= this.#baseOffset && this.#lastEntry.position > 0
  }

  /**
   * Loads all entries. Returns false if the file is missing or wrong; then only {@link reset} may
   * follow.
   */
  load(): boolean {
    let offset = -1
    let position = 0
    return this.#file.load((bytes, at) => {
      const isInOrder = int32At(bytes, at) > offset && uint32At(bytes, at + 4) > position
      offset = int32At(bytes, at)
      position = uint32At(bytes, at + 4)
      return isInOrder
    })
  }

  /** Frees the memory if all entries are in the file. Lookups still work. */
  release(): void {
    this.#file.release()
  }

  append(offset: number, position: number): void {
    if (this.entryCount > 0 && offset <= this.lastOffset) {
      throw new Error(
        `offset ${offset} is not above the last, ${this.lastOffset}, in ${this.#file.path}`,
      )
    }
    const at = this.#file.addEntry()
    putInt32(this.#file.bytes, at, offset - this.#baseOffset)
    putInt32(this.#file.bytes, at + 4, position)
    this.#lastEntry = { offset, position }
  }

  /** Returns a position at or before that of the batch with `offset`. */
  lookup(offset: number): OffsetPosition {
    if (offset >= this.lastOffset) return this.#lastEntry
    const relativeOffset = offset - this.#baseOffset
    const entry = this.#file.find((bytes, at) => int32At(bytes, at) <= relativeOffset)
    return entry === undefined ? this.#start : this.#entryIn(entry, 0)
  }

  /** Returns the last known batch that begins at or before `position`, by its last offset. */
  lookupPosition(position: number): OffsetPosition {
    if (position >= this.#lastEntry.position) return this.#lastEntry
    const entry = this.#file.find((bytes, at) => uint32At(bytes, at + 4) <= position)
    return entry === undefined ? this.#start : this.#entryIn(entry, 0)
  }

  /** Removes the entries at or above `offset`. */
  truncateTo(offset: number): void {
    if (this.entryCount === 0 || this.lastOffset < offset) return
    const { bytes } = this.#file
    const relativeOffset = offset - this.#baseOffset
    const isKept = (entry: number) => int32At(bytes, entry * ENTRY_BYTES) < relativeOffset
    const kept = lastEntryWhere(this.entryCount, isKept) + 1
    this.#file.truncate(kept)
    this.#lastEntry = kept === 0 ? this.#start : this.#entryIn(bytes, (kept - 1) * ENTRY_BYTES)
  }

  reset(): void {
    this.#file.reset()
    this.#lastEntry = this.#start
  }

  write(sync: boolean): void {
    this.#file.write(sync)
  }

  /** Notes a new name of the file. */
  moveTo(path: string): void {
    this.#file.moveTo(path)
  }

  get #start(): OffsetPosition {
    return { offset: this.#baseOffset, position: 0 }
  }

  #entryIn(bytes: Uint8Array, at: number): OffsetPosition {
    return { offset: this.#baseOffset + int32At(bytes, at), position: uint32At(bytes, at + 4) }
  }
}
