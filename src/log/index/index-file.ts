import type { FileSystem } from '../../platform/file-system.ts'
import { readFileIfThere } from '../directory/small-file.ts'

const FIRST_CAPACITY_BYTES = 256

/**
 * The entries of an index, held in memory and written to their file when the segment is sealed, flushed or closed: an index that is
 * behind after a crash is built again from the records. Entries are of one size and in ascending order.
 */
export class IndexFile {
  readonly #fileSystem: FileSystem
  #path: string
  readonly #entryBytes: number
  #bytes: Uint8Array = new Uint8Array(0)
  #sizeInBytes = 0
  /** Up to here the file holds what is in memory. */
  #writtenBytes = 0
  /** The file has to be made, or cut. */
  #isFileWrong = true

  constructor(fileSystem: FileSystem, path: string, entryBytes: number) {
    this.#fileSystem = fileSystem
    this.#path = path
    this.#entryBytes = entryBytes
  }

  get path(): string {
    return this.#path
  }

  get entryCount(): number {
    return this.#sizeInBytes / this.#entryBytes
  }

  /** The entries, one after the other; what follows them is not of the index. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** The file has another name now. */
  moveTo(path: string): void {
    this.#path = path
  }

  /** Reads the file. False when it is not there or its size is not that of whole entries. */
  load(): boolean {
    const bytes = readFileIfThere(this.#fileSystem, this.#path)
    if (bytes === undefined || bytes.length % this.#entryBytes !== 0) return false
    this.#bytes = bytes
    this.#sizeInBytes = bytes.length
    this.#writtenBytes = bytes.length
    this.#isFileWrong = false
    return true
  }

  /** Makes room for one more entry, and returns where in {@link bytes} it is to be put. */
  addEntry(): number {
    const position = this.#sizeInBytes
    const end = position + this.#entryBytes
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(FIRST_CAPACITY_BYTES, this.#bytes.length * 2, end))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#sizeInBytes = end
    return position
  }

  /** Keeps the first `entryCount` entries. */
  truncate(entryCount: number): void {
    this.#sizeInBytes = Math.min(this.#sizeInBytes, entryCount * this.#entryBytes)
    if (this.#writtenBytes <= this.#sizeInBytes) return
    this.#writtenBytes = this.#sizeInBytes
    this.#isFileWrong = true
  }

  /** Brings the file up to date, cut to the entries there are. */
  write(sync: boolean): void {
    if (this.#writtenBytes === this.#sizeInBytes && !this.#isFileWrong && !sync) return
    const file = this.#fileSystem.open(this.#path, { create: true })
    try {
      const from = this.#writtenBytes
      if (from < this.#sizeInBytes) {
        file.write([this.#bytes.subarray(from, this.#sizeInBytes)], from)
      }
      if (file.size() !== this.#sizeInBytes) file.truncate(this.#sizeInBytes)
      if (sync) file.sync()
    } finally {
      file.close()
    }
    this.#writtenBytes = this.#sizeInBytes
    this.#isFileWrong = false
  }
}

/** The last of `count` ascending entries for which `isAtOrBelow` holds, by its index; -1 when it holds for none. */
export function lastEntryWhere(count: number, isAtOrBelow: (entry: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAtOrBelow(middle)) low = middle + 1
    else high = middle
  }
  return low - 1
}
