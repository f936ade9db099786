import type { FileHandle, FileSystem } from '../../platform/file-system.ts'
import { hasErrorCode } from '../../platform/system-error.ts'

const FIRST_CAPACITY_BYTES = 256
/** Of so many entries one is kept in memory to search by; the others are read when they are looked at: 4 or 6 KB. */
const BLOCK_ENTRIES = 512
const nothing = new Uint8Array(0)
/** Reading is synchronous, so that one window serves all searches. Room for the largest entries. */
const window = Buffer.allocUnsafeSlow(BLOCK_ENTRIES * 12)

/**
 * The entries of an index: of one size, in ascending order. Appended in memory and written to their file when the segment is sealed,
 * flushed or closed: an index that is behind after a crash is built again from the records. What the file holds need not be in memory
 * too ({@link release}): then a search reads one block of it, found by a sample. How many entries there are is known without any.
 */
export class IndexFile {
  readonly #fileSystem: FileSystem
  readonly #entryBytes: number
  #path: string
  /** `undefined` while the entries are in the file only. */
  #bytes: Uint8Array | undefined = nothing
  /** The first entry of every block, while the entries are in the file only and were looked at. */
  #sample: Uint8Array | undefined
  #sizeInBytes = 0
  /** Up to here the file holds what is in memory. */
  #writtenBytes = 0
  /** The file has to be made, or cut. */
  #isFileWrong = true
  /** What the file holds is of no use: it is to be replaced as a whole, so that a crash leaves the new one or one that is found wrong. */
  #isBuiltAnew = false
  /** The content of the file has changed since it was forced to the disk. */
  #isUnsynced = false

  constructor(fileSystem: FileSystem, path: string, entryBytes: number) {
    this.#fileSystem = fileSystem
    this.#path = path
    this.#entryBytes = entryBytes
  }

  get path(): string {
    return this.#path
  }

  /** Of all entries, in the file or not. */
  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  get entryCount(): number {
    return this.#sizeInBytes / this.#entryBytes
  }

  /** Whether entries can be added and dropped. */
  get isLoaded(): boolean {
    return this.#bytes !== undefined
  }

  /** Whether {@link find} can be asked. */
  get isSearchable(): boolean {
    return this.#bytes !== undefined || this.#sample !== undefined
  }

  /** The entries, one after the other; what follows them is not of the index. Only while they are loaded. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new Error(`${this.#path} is not loaded`)
    return this.#bytes
  }

  /** The file has another name now. */
  moveTo(path: string): void {
    this.#path = path
  }

  /**
   * Takes over the file without reading it all. Returns its first and its last entry, nothing when it is empty, and `undefined` when it
   * is not there or its size is not that of whole entries.
   */
  open(): Uint8Array | undefined {
    const file = this.#openIfThere()
    if (file === undefined) return undefined
    try {
      const size = file.size()
      if (size % this.#entryBytes !== 0) return undefined
      this.#bytes = undefined
      this.#sample = undefined
      this.#sizeInBytes = size
      this.#writtenBytes = size
      this.#isFileWrong = false
      this.#isUnsynced = false
      if (size === 0) return nothing
      const edges = Buffer.alloc(2 * this.#entryBytes)
      const first = edges.subarray(0, this.#entryBytes)
      const last = edges.subarray(this.#entryBytes)
      file.read(first, 0)
      if (size === this.#entryBytes) first.copy(last)
      else file.read(last, size - this.#entryBytes)
      return edges
    } finally {
      file.close()
    }
  }

  /**
   * Has the entries in memory. False when the file holds other than it was left with.
   *
   * @param isInOrder asked of every entry, one after the other
   */
  load(isInOrder: (bytes: Uint8Array, at: number) => boolean): boolean {
    const bytes = this.#bytes ?? this.#read()
    if (bytes === undefined) return false
    if (this.#bytes === bytes) return true
    for (let at = 0; at < bytes.length; at += this.#entryBytes) {
      if (!isInOrder(bytes, at)) return false
    }
    this.#bytes = bytes
    this.#sample = undefined
    return true
  }

  /** Lets go of the memory but for the sample, if the file holds everything. */
  release(): void {
    const bytes = this.#bytes
    if (bytes === undefined || !this.#isWritten) return
    const blocks = Math.ceil(this.entryCount / BLOCK_ENTRIES)
    const sample = new Uint8Array(blocks * this.#entryBytes)
    for (let block = 0; block < blocks; block++) {
      const at = block * this.#entryBytes
      const from = at * BLOCK_ENTRIES
      sample.set(bytes.subarray(from, from + this.#entryBytes), at)
    }
    this.#bytes = undefined
    this.#sample = sample
  }

  /** The last entry for which `isAtOrBelow` holds, which holds for all before it; undefined when it holds for none. */
  find(isAtOrBelow: (bytes: Uint8Array, at: number) => boolean): Uint8Array | undefined {
    if (this.#bytes !== undefined) return this.#findIn(this.#bytes, this.entryCount, isAtOrBelow)
    const sample = this.#sample
    if (sample === undefined) throw new Error(`${this.#path} is not loaded`)
    const blocks = sample.length / this.#entryBytes
    const block = lastEntryWhere(blocks, (index) => isAtOrBelow(sample, index * this.#entryBytes))
    if (block < 0) return undefined
    const bytes = this.#readBlock(block)
    return this.#findIn(bytes, bytes.length / this.#entryBytes, isAtOrBelow)
  }

  /** Makes room for one more entry, and returns where in {@link bytes} it is to be put. */
  addEntry(): number {
    const { bytes } = this
    const position = this.#sizeInBytes
    const end = position + this.#entryBytes
    if (end > bytes.length) {
      const grown = new Uint8Array(Math.max(FIRST_CAPACITY_BYTES, bytes.length * 2, end))
      grown.set(bytes.subarray(0, position))
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

  /** Has no entries, whatever the file holds. */
  reset(): void {
    this.#bytes = nothing
    this.#sample = undefined
    this.#sizeInBytes = 0
    this.#writtenBytes = 0
    this.#isFileWrong = true
    this.#isBuiltAnew = true
    this.#isUnsynced = true
  }

  /** Brings the file up to date, cut to the entries there are. */
  write(sync: boolean): void {
    if (this.#isWritten && !(sync && this.#isUnsynced)) return
    const path = this.#isBuiltAnew ? `${this.#path}.tmp` : this.#path
    const file = this.#fileSystem.open(path, { create: true })
    try {
      const from = this.#writtenBytes
      const hasMore = from < this.#sizeInBytes
      if (hasMore) file.write([this.bytes.subarray(from, this.#sizeInBytes)], from)
      const isLonger = file.size() !== this.#sizeInBytes
      if (isLonger) file.truncate(this.#sizeInBytes)
      // A new file without entries has nothing to force to the disk but its name.
      this.#isUnsynced ||= hasMore || isLonger
      if (sync && this.#isUnsynced) file.sync()
    } finally {
      file.close()
    }
    if (this.#isBuiltAnew) this.#fileSystem.rename(path, this.#path)
    this.#isBuiltAnew = false
    if (sync) this.#isUnsynced = false
    this.#writtenBytes = this.#sizeInBytes
    this.#isFileWrong = false
  }

  get #isWritten(): boolean {
    return this.#writtenBytes === this.#sizeInBytes && !this.#isFileWrong
  }

  #findIn(
    bytes: Uint8Array,
    count: number,
    isAtOrBelow: (bytes: Uint8Array, at: number) => boolean,
  ): Uint8Array | undefined {
    const entryBytes = this.#entryBytes
    const index = lastEntryWhere(count, (entry) => isAtOrBelow(bytes, entry * entryBytes))
    return index < 0 ? undefined : bytes.subarray(index * entryBytes, (index + 1) * entryBytes)
  }

  /** All of the file; undefined when it is not there, or not of the size it was left with. */
  #read(): Uint8Array | undefined {
    const file = this.#openIfThere()
    if (file === undefined) return undefined
    try {
      if (file.size() !== this.#sizeInBytes) return undefined
      const bytes = Buffer.allocUnsafeSlow(this.#sizeInBytes)
      return file.read(bytes, 0) < bytes.length ? undefined : bytes
    } finally {
      file.close()
    }
  }

  #readBlock(block: number): Uint8Array {
    const blockBytes = BLOCK_ENTRIES * this.#entryBytes
    const from = block * blockBytes
    const bytes = window.subarray(0, Math.min(blockBytes, this.#sizeInBytes - from))
    const file = this.#fileSystem.open(this.#path, { readOnly: true })
    try {
      return bytes.subarray(0, file.read(bytes, from))
    } finally {
      file.close()
    }
  }

  #openIfThere(): FileHandle | undefined {
    try {
      return this.#fileSystem.open(this.#path, { readOnly: true })
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return undefined
      throw error
    }
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
