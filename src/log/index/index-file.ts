import type { FileHandle, FileSystem } from '../../platform/file-system.ts'
import { hasErrorCode } from '../../platform/system-error.ts'

const FIRST_CAPACITY_BYTES = 256
/**
 * One of this many entries is kept in memory for the search; the block is read from the file: 4 or
 * 6 KB.
 */
const BLOCK_ENTRIES = 512
const nothing = new Uint8Array(0)
/**
 * One window for all searches, because reading is synchronous. It fits blocks of the largest
 * entries.
 */
const window = Buffer.allocUnsafeSlow(BLOCK_ENTRIES * 12)

/**
 * The entries of an index, which have one size and ascend. They are added in memory, and written
 * when the segment is sealed, flushed or closed; an index that is out of date after a crash is
 * rebuilt from the records. {@link release} frees entries that are in the file: then a search reads
 * one block, found by a sample in memory.
 */
export class IndexFile {
  readonly #fileSystem: FileSystem
  readonly #entryBytes: number
  #path: string
  /** Undefined while the entries are only in the file. */
  #bytes: Uint8Array | undefined = nothing
  /**
   * The first entry of every block, while the entries are only in the file and have been read once.
   */
  #sample: Uint8Array | undefined
  #sizeInBytes = 0
  /** The number of bytes that are equal in the file and in memory. */
  #writtenBytes = 0
  /** Whether the file must be created or truncated. */
  #isFileWrong = true
  /**
   * Whether the content of the file is invalid. The file is then replaced as a whole, so that a
   * crash leaves the new one or an invalid one.
   */
  #isBuiltAnew = false
  /** Whether the content of the file has changed since its last sync. */
  #isUnsynced = false

  constructor(fileSystem: FileSystem, path: string, entryBytes: number) {
    this.#fileSystem = fileSystem
    this.#path = path
    this.#entryBytes = entryBytes
  }

  get path(): string {
    return this.#path
  }

  /** The size of all entries, in the file or in memory. */
  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  get entryCount(): number {
    return this.#sizeInBytes / this.#entryBytes
  }

  /** Whether entries can be added and removed. */
  get isLoaded(): boolean {
    return this.#bytes !== undefined
  }

  /** Whether {@link find} can be called. */
  get isSearchable(): boolean {
    return this.#bytes !== undefined || this.#sample !== undefined
  }

  /**
   * The entries. Bytes after {@link sizeInBytes} are unused. Available only while they are loaded.
   */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new Error(`${this.#path} is not loaded`)
    return this.#bytes
  }

  /** Notes a new name of the file. */
  moveTo(path: string): void {
    this.#path = path
  }

  /**
   * Opens the file without reading all entries. Returns its first and its last entry, or nothing if
   * it is empty. Returns undefined if it is missing or its size is not a multiple of the entry
   * size.
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
   * Loads all entries. Returns false if the file has changed since it was opened.
   *
   * @param isInOrder called for each entry, in order
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

  /** Frees all entries except the sample, if they are in the file. */
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

  /**
   * Returns the last entry for which `isAtOrBelow` holds, or undefined. It must hold for all
   * entries before that one.
   */
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

  /** Adds space for an entry, and returns its position in {@link bytes}. */
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

  /** Removes all entries, regardless of the file. */
  reset(): void {
    this.#bytes = nothing
    this.#sample = undefined
    this.#sizeInBytes = 0
    this.#writtenBytes = 0
    this.#isFileWrong = true
    this.#isBuiltAnew = true
    this.#isUnsynced = true
  }

  /** Writes new entries to the file, and truncates it to the entries in memory. */
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
      // An empty new file has no content to sync, only a name.
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

  /** Reads the whole file. Returns undefined if it is missing or has another size than before. */
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

/**
 * Returns the index of the last of `count` ascending entries for which `isAtOrBelow` holds, or -1.
 */
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
