/**
 * The number of segment files that a broker keeps open. Three brokers in one process, with their
 * sockets, stay below 1,024 descriptors, the smallest common limit. Reopening a file costs a tenth
 * of the shortest request.
 */
const MAX_OPEN_FILES = 250

/**
 * The number of concurrent syncs, which keep their files open regardless of the limit. Four times
 * the number of Node's I/O threads.
 */
const MAX_SYNCS = 16

/** An object that keeps a file open only while it is used. */
export interface OpenFile {
  /** The count of uses at the last use. Written by {@link OpenFiles} only. */
  lastUse: number
  /** Closes the descriptor; the next use opens it again. Does not throw. */
  release(): void
}

/**
 * The open segment files of one broker, closed least recently used first above a limit. Kafka keeps
 * every segment open and maps every index; a test with thousands of partitions would need thousands
 * of descriptors.
 */
export class OpenFiles {
  readonly #maxFiles: number
  readonly #files = new Set<OpenFile>()
  #uses = 0
  #syncs = 0
  readonly #waitingSyncs: (() => void)[] = []

  /** @param maxFiles default 250 */
  constructor(maxFiles = MAX_OPEN_FILES) {
    this.#maxFiles = maxFiles
  }

  /** The number of open files. */
  get count(): number {
    return this.#files.size
  }

  /** Notes the use of an open file. */
  used(file: OpenFile): void {
    file.lastUse = ++this.#uses
  }

  /** Adds a file that was opened. */
  opened(file: OpenFile): void {
    this.used(file)
    this.#files.add(file)
    if (this.#files.size > this.#maxFiles) this.#releaseOldest(file)
  }

  /** Removes a file that was closed. */
  closed(file: OpenFile): void {
    this.#files.delete(file)
  }

  /** Syncs a file, after other syncs if there are too many. A waiting file need not be open. */
  async syncInTurn(sync: () => Promise<void>): Promise<void> {
    if (this.#syncs < MAX_SYNCS) this.#syncs++
    else await new Promise<void>((resolve) => this.#waitingSyncs.push(resolve))
    try {
      await sync()
    } finally {
      const next = this.#waitingSyncs.shift()
      if (next === undefined) this.#syncs--
      else next()
    }
  }

  /** Searches all files: there are few, and this is rare. */
  #releaseOldest(except: OpenFile): void {
    let oldest: OpenFile | undefined
    for (const file of this.#files) {
      if (file !== except && (oldest === undefined || file.lastUse < oldest.lastUse)) oldest = file
    }
    oldest?.release()
  }
}
