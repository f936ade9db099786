import { CrashableFile } from './crashable-file.ts'
import type { Random } from '../../../src/platform/random.ts'

type Entry = CrashableFile | CrashableDirectory

/** A directory of a {@link CrashableFileSystem}: its entries now, and those that are on the disk. */
export class CrashableDirectory {
  readonly entries = new Map<string, Entry>()
  readonly durable = new Map<string, Entry>()
}

/** One entry that is set, or taken out. */
interface EntryChange {
  readonly directory: CrashableDirectory
  readonly name: string
  readonly entry: Entry | undefined
}

/** What becomes of directories: changes that happen together or not at all, in their order. */
export class DirectoryJournal {
  #unsynced: { readonly count: number; readonly changes: readonly EntryChange[] }[] = []
  /** Of everything that a journal orders: changes of directories and of the sizes of files. */
  #count = 0
  #syncedCount = 0
  readonly #ordersSizes: boolean

  /** @param ordersSizes whether a file is cut in the same order as names change, as in a journal that holds both */
  constructor(ordersSizes: boolean) {
    this.#ordersSizes = ordersSizes
  }

  /** The number of the next thing that happens. */
  next(): number {
    return ++this.#count
  }

  /** Makes the changes, at once for everybody who looks, on the disk later. */
  change(...changes: readonly EntryChange[]): void {
    for (const { directory, name, entry } of changes) set(directory.entries, name, entry)
    this.#unsynced.push({ count: this.next(), changes })
  }

  /** Brings to the disk what happened up to this number. */
  syncTo(count: number): void {
    this.#syncedCount = Math.max(this.#syncedCount, count)
    while (this.#unsynced.length > 0 && this.#unsynced[0]!.count <= count) {
      for (const { directory, name, entry } of this.#unsynced.shift()!.changes) {
        set(directory.durable, name, entry)
      }
    }
  }

  /** Brings to the disk what this directory holds, and what happened before anywhere. */
  syncDirectory(directory: CrashableDirectory): void {
    const last = this.#unsynced.findLast(({ changes }) =>
      changes.some((change) => change.directory === directory),
    )
    if (last !== undefined) this.syncTo(last.count)
  }

  /** The tree below `root` after a power failure, with nothing in common with this one: some of the last changes never happened. */
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
