import { CrashableFile } from './crashable-file.ts'
import type { Random } from '../../../src/platform/random.ts'

type Entry = CrashableFile | CrashableDirectory

/** A directory of a {@link CrashableFileSystem}: its current entries, and those on the disk. */
export class CrashableDirectory {
  readonly entries = new Map<string, Entry>()
  readonly durable = new Map<string, Entry>()
}

/** An entry that is set or removed. */
interface EntryChange {
  readonly directory: CrashableDirectory
  readonly name: string
  readonly entry: Entry | undefined
}

/** The changes of directories in order. Each happens completely or not at all. */
export class DirectoryJournal {
  #unsynced: { readonly count: number; readonly changes: readonly EntryChange[] }[] = []
  /** Counts everything that a journal orders: changes of directories and of file sizes. */
  #count = 0
  #syncedCount = 0
  readonly #ordersSizes: boolean

  /**
   * @param ordersSizes whether truncations of files are ordered with changes of names, as in a
   * journal that contains both
   */
  constructor(ordersSizes: boolean) {
    this.#ordersSizes = ordersSizes
  }

  /** Returns the number of the next change. */
  next(): number {
    return ++this.#count
  }

  /** Makes the changes: visible immediately, on the disk later. */
  change(...changes: readonly EntryChange[]): void {
    for (const { directory, name, entry } of changes) set(directory.entries, name, entry)
    this.#unsynced.push({ count: this.next(), changes })
  }

  /** Writes all changes up to this number to the disk. */
  syncTo(count: number): void {
    this.#syncedCount = Math.max(this.#syncedCount, count)
    while (this.#unsynced.length > 0 && this.#unsynced[0]!.count <= count) {
      for (const { directory, name, entry } of this.#unsynced.shift()!.changes) {
        set(directory.durable, name, entry)
      }
    }
  }

  /** Writes the entries of this directory, and all earlier changes, to the disk. */
  syncDirectory(directory: CrashableDirectory): void {
    const last = this.#unsynced.findLast(({ changes }) =>
      changes.some((change) => change.directory === directory),
    )
    if (last !== undefined) this.syncTo(last.count)
  }

  /**
   * Returns a copy of the tree below `root` after a power failure: some of the last changes are
   * lost.
   */
  afterPowerFailure(root: CrashableDirectory, random: Random): CrashableDirectory {
    const survived = new Map<CrashableDirectory, Map<string, Entry>>()
    const entriesOf = (directory: CrashableDirectory) => {
      const found = survived.get(directory) ?? new Map(directory.durable)
      survived.set(directory, found)
      return found
    }
    const end = this.#syncedCount + random.int(this.#count - this.#syncedCount + 1)
    for (const { count, changes } of this.#unsynced) {
      if (count > end) break
      for (const { directory, name, entry } of changes) set(entriesOf(directory), name, entry)
    }
    const journalEnd = this.#ordersSizes ? end : undefined
    const copy = (directory: CrashableDirectory) => {
      const copied = new CrashableDirectory()
      for (const [name, entry] of entriesOf(directory)) {
        const surviving =
          entry instanceof CrashableFile ? entry.afterPowerFailure(random, journalEnd) : copy(entry)
        copied.entries.set(name, surviving)
        copied.durable.set(name, surviving)
      }
      return copied
    }
    return copy(root)
  }
}

function set(entries: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) entries.delete(name)
  else entries.set(name, entry)
}
