import type { FileSystem } from '../../platform/file-system.ts'
import { int32At, putInt32, uint32At } from '../../record/big-endian.ts'
import { IndexFile, lastEntryWhere } from './index-file.ts'

const ENTRY_BYTES = 8

/** Where an offset lies in the segment's file. */
export interface OffsetPosition {
  readonly offset: number
  readonly position: number
}

/**
 * Offsets and their positions in a segment, sparse (Kafka's `OffsetIndex`, `.index`): per entry the last offset of a batch,
 * relative to the base offset, and the batch's position in the file, each an int32.
 */
export class OffsetIndex {
  readonly #file: IndexFile
  readonly #baseOffset: number

  constructor(fileSystem: FileSystem, path: string, baseOffset: number) {
    this.#file = new IndexFile(fileSystem, path, ENTRY_BYTES)
    this.#baseOffset = baseOffset
  }

  get entryCount(): number {
    return this.#file.entryCount
  }

  /** The offset of the last entry, or the base offset when there is none. */
  get lastOffset(): number {
    return this.entryCount === 0 ? this.#baseOffset : this.#offsetAt(this.entryCount - 1)
  }

  /** @param maxBytes `segment.index.bytes` */
  isFull(maxBytes: number): boolean {
    return this.entryCount >= Math.floor(maxBytes / ENTRY_BYTES)
  }

  /** Reads the file; false when it is not there or cannot be right. */
  load(): boolean {
    if (!this.#file.load()) return false
    if (this.entryCount === 0) return true
    // A file that was made at its full size and never written holds zeros; no entry is of the first batch.
    return this.lastOffset >= this.#baseOffset && this.entry(this.entryCount - 1).position > 0
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
  }

  entry(index: number): OffsetPosition {
    return {
      offset: this.#offsetAt(index),
      position: uint32At(this.#file.bytes, index * ENTRY_BYTES + 4),
    }
  }

  /** A position at or before that of the batch with `offset`. */
  lookup(offset: number): OffsetPosition {
    const index = lastEntryWhere(this.entryCount, (entry) => this.#offsetAt(entry) <= offset)
    return index < 0 ? { offset: this.#baseOffset, position: 0 } : this.entry(index)
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

  #offsetAt(index: number): number {
    return this.#baseOffset + int32At(this.#file.bytes, index * ENTRY_BYTES)
  }
}
