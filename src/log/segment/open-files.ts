/**
 * How many segment files a broker keeps open. Three brokers of one process, their sockets and what else the process does stay below
 * 1,024 descriptors with it, the smallest limit that is usual; opening a file again costs a tenth of the shortest request.
 */
const MAX_OPEN_FILES = 250

/** How many files are synced at a time: they stay open while they are, whatever the limit. Four times Node's threads for it. */
const MAX_SYNCS = 16

/** What keeps a file open only while it is used. */
export interface OpenFile {
  /** When it was used last, by the count of {@link OpenFiles}, which alone writes it. */
  lastUse: number
  /** Lets go of the descriptor; the next use takes one again. Does not throw. */
  release(): void
}

/**
 * The segment files that one broker has open. Kafka keeps every segment open and maps every index; where a test makes thousands of
 * partitions that would cost thousands of descriptors. Above a limit, the least recently used one is let go.
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

  /** How many there are. */
  get count(): number {
    return this.#files.size
  }

  /** A file is used again. */
  used(file: OpenFile): void {
    file.lastUse = ++this.#uses
  }

  /** A file was opened. */
  opened(file: OpenFile): void {
    this.used(file)
    this.#files.add(file)
    if (this.#files.size > this.#maxFiles) this.#releaseOldest(file)
  }

  /** A file was closed. */
  closed(file: OpenFile): void {
    this.#files.delete(file)
  }

  /** Syncs a file once it is its turn, at once where few others are synced. Files that wait need not be open. */
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

  /** By looking at all of them: they are few, and this is rare. */
  #releaseOldest(except: OpenFile): void {
    let oldest: OpenFile | undefined
    for (const file of this.#files) {
      if (file !== except && (oldest === undefined || file.lastUse < oldest.lastUse)) oldest = file
    }
    oldest?.release()
  }
}
