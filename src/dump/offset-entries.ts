import { lastEntryWhere } from '../log/index/index-file.ts'
import { int32At, uint32At } from '../record/big-endian.ts'

const ENTRY_BYTES = 8

/** The entries of an `.index` file. */
export class OffsetEntries {
  readonly count: number
  /** The bytes after the last complete entry. */
  readonly strayBytes: number
  readonly #bytes: Uint8Array
  readonly #baseOffset: number

  constructor(bytes: Uint8Array, baseOffset: number) {
    this.#bytes = bytes
    this.#baseOffset = baseOffset
    this.strayBytes = bytes.length % ENTRY_BYTES
    const end = (bytes.length - this.strayBytes) / ENTRY_BYTES
    let count = 0
    // The file is created at its full size. Zeros after the entries were never written: the first
    // batch never has an entry.
    while (count < end && !(this.offsetAt(count) === baseOffset && this.#isUnwritten(count)))
      count++
    this.count = count
  }

  offsetAt(index: number): number {
    return this.#baseOffset + int32At(this.#bytes, index * ENTRY_BYTES)
  }

  positionAt(index: number): number {
    return uint32At(this.#bytes, index * ENTRY_BYTES + 4)
  }

  /** Returns a position from which the batch with `offset` can be searched. */
  positionBefore(offset: number): number {
    const index = lastEntryWhere(this.count, (entry) => this.offsetAt(entry) <= offset)
    return index < 0 ? 0 : this.positionAt(index)
  }

  #isUnwritten(index: number): boolean {
    return index > 0 || this.positionAt(index) === 0
  }
}
