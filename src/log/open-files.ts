/**
 * How many segment files a broker keeps open. Three brokers of one process, their sockets and what else the process does stay below
 * 1,024 descriptors with it, the smallest limit that is usual; opening a file again costs a tenth of the shortest request.
 */
const MAX_OPEN_FILES = 250
/** How much of indexes is kept in memory for sealed segments: those of seven full segments with Kafka's defaults. */
const MAX_HELD_BYTES = 32 * 1024 * 1024

/** What keeps a file open, and memory beside it, only while it is used. */
export interface OpenFile {
  /** When it was used last, by the count of {@link OpenFiles}, which alone writes it. */
  lastUse: number
  /** What {@link release} gives back beside the descriptor. */
  readonly heldBytes: number
  /** Lets go of descriptor and memory; the next use takes them again. Does not throw. */
  release(): void
}

/**
 * The segment files that one broker has open. Kafka keeps every segment open and maps every index; where a test makes thousands of
 * partitions that would cost thousands of descriptors. Above a limit, the least recently used one is let go.
 */
export class OpenFiles {
  readonly #maxFiles: number
  readonly #maxHeldBytes: number
  readonly #files = new Set<OpenFile>()
  #uses = 0

  /**
   * @param maxFiles default 250
   * @param maxHeldBytes default 32 MiB
   */
  constructor(maxFiles = MAX_OPEN_FILES, maxHeldBytes = MAX_HELD_BYTES) {
    this.#maxFiles = maxFiles
    this.#maxHeldBytes = maxHeldBytes
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

  /** An open file holds more than before. */
  grown(file: OpenFile): void {
    let heldBytes = 0
    for (const { heldBytes: bytes } of this.#files) heldBytes += bytes
    while (heldBytes > this.#maxHeldBytes) {
      const oldest = this.#oldest((other) => other !== file && other.heldBytes > 0)
      if (oldest === undefined) return
      heldBytes -= oldest.heldBytes
      oldest.release()
    }
  }

  #releaseOldest(except: OpenFile): void {
    this.#oldest((other) => other !== except)?.release()
  }

  /** By looking at all of them: they are few, and this is rare. */
  #oldest(isEligible: (file: OpenFile) => boolean): OpenFile | undefined {
    let oldest: OpenFile | undefined
    for (const file of this.#files) {
      if (isEligible(file) && (oldest === undefined || file.lastUse < oldest.lastUse)) oldest = file
    }
    return oldest
  }
}
