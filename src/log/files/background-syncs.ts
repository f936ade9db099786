import { dirname } from 'node:path'
import type { Clock, Timer } from '../../platform/clock.ts'
import type { FileSystem } from '../../platform/file-system.ts'
import { inParallel } from './in-parallel.ts'
import { syncDirectory, syncDirectoryLater, syncFile, syncFileLater } from './sync-if-there.ts'

/** Fewer than the threads of Node's pool, so that syncs of records are not delayed. */
const DIRECTORIES_AT_A_TIME = 2

interface DirectorySync {
  readonly running: Promise<void>
  /** The sync that later callers share. */
  next?: Promise<void>
}

/**
 * Syncs replaced small files of a log directory in the background: `partition.metadata` and leader
 * epochs. A power failure may lose them until something relies on them. Before the recovery point
 * moves, before a durable append is acknowledged, and before a log is closed, the log waits for
 * them here.
 */
export class BackgroundSyncs {
  readonly #fileSystem: FileSystem
  readonly #clock: Clock
  readonly #onFailure: (error: unknown) => void
  /** Paths of files, by directory. */
  readonly #waiting = new Map<string, Set<string>>()
  /** Functions that write files not written yet, by path, by directory. */
  readonly #unwritten = new Map<string, Map<string, () => void>>()
  readonly #underWay = new Map<string, { files: ReadonlySet<string>; done: Promise<void> }>()
  readonly #directories = new Map<string, DirectorySync>()
  #timer: Timer | undefined
  #isRunning = false
  #isClosed = false

  /** @param onFailure called with the error of a sync without a waiter */
  constructor(fileSystem: FileSystem, clock: Clock, onFailure: (error: unknown) => void) {
    this.#fileSystem = fileSystem
    this.#clock = clock
    this.#onFailure = onFailure
  }

  /**
   * Adds a file that was replaced.
   *
   * @param write replaces the file first, in the background or when there is a waiter; throws
   * the error of the operating system
   */
  add(path: string, write?: () => void): void {
    const directory = dirname(path)
    if (write !== undefined) {
      const writes = this.#unwritten.get(directory)
      if (writes === undefined) this.#unwritten.set(directory, new Map([[path, write]]))
      else writes.set(path, write)
    } else {
      const files = this.#waiting.get(directory)
      if (files === undefined) this.#waiting.set(directory, new Set([path]))
      else files.add(path)
    }
    this.#arm()
  }

  /** Returns whether a file of the directory may not be on the disk yet. */
  isPending(directory: string): boolean {
    return (
      this.#waiting.has(directory) ||
      this.#unwritten.has(directory) ||
      this.#underWay.has(directory)
    )
  }

  /**
   * Syncs the directory's files and its entries.
   *
   * @throws the error of the operating system
   */
  sync(directory: string): void {
    if (!this.isPending(directory)) return
    this.#write(directory)
    const files = [
      ...(this.#waiting.get(directory) ?? []),
      ...(this.#underWay.get(directory)?.files ?? []),
    ]
    this.#waiting.delete(directory)
    for (const path of new Set(files)) syncFile(this.#fileSystem, path)
    syncDirectory(this.#fileSystem, directory)
  }

  /**
   * As {@link sync}, without blocking the event loop. Rejects with the error of the operating
   * system.
   *
   * @param others syncs of other files in the directory, whose entries are included
   */
  async syncLater(directory: string, others?: Promise<void>): Promise<void> {
    this.#write(directory)
    const before = this.#underWay.get(directory)
    const files = this.#waiting.get(directory)
    if (files === undefined && others === undefined) return before?.done
    this.#waiting.delete(directory)
    const done = this.#sync(directory, files ?? new Set(), [before?.done, others])
    const underWay = { files: new Set([...(files ?? []), ...(before?.files ?? [])]), done }
    this.#underWay.set(directory, underWay)
    try {
      await done
    } finally {
      if (this.#underWay.get(directory) === underWay) this.#underWay.delete(directory)
    }
  }

  /** Syncs the entries of a directory. Callers during a sync share the next one. */
  syncDirectoryLater(path: string): Promise<void> {
    const known = this.#directories.get(path)
    if (known === undefined) return this.#beginDirectory(path)
    const begin = () => this.#beginDirectory(path)
    return (known.next ??= known.running.then(begin, begin))
  }

  /**
   * Starts no more syncs in the background. Resolves when the syncs under way have ended or failed.
   */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    while (this.#underWay.size > 0) {
      await Promise.allSettled([...this.#underWay.values()].map(({ done }) => done))
    }
  }

  #arm(): void {
    if (this.#isRunning || this.#isClosed) return
    this.#timer ??= this.#clock.schedule(0, () => void this.#run())
  }

  async #run(): Promise<void> {
    this.#timer = undefined
    this.#isRunning = true
    try {
      const directories = new Set([...this.#waiting.keys(), ...this.#unwritten.keys()])
      await inParallel(directories, DIRECTORIES_AT_A_TIME, async (path) => {
        if (!this.#isClosed) await this.syncLater(path)
      })
    } catch (error) {
      this.#onFailure(error)
    }
    this.#isRunning = false
    if (this.#waiting.size + this.#unwritten.size > 0) this.#arm()
  }

  #write(directory: string): void {
    const writes = this.#unwritten.get(directory)
    if (writes === undefined) return
    this.#unwritten.delete(directory)
    for (const write of writes.values()) write()
  }

  async #sync(
    directory: string,
    files: ReadonlySet<string>,
    others: readonly (Promise<void> | undefined)[],
  ): Promise<void> {
    const synced = [...files].map((path) => syncFileLater(this.#fileSystem, path))
    await Promise.all([...others, ...synced])
    await this.syncDirectoryLater(directory)
  }

  #beginDirectory(path: string): Promise<void> {
    const running = syncDirectoryLater(this.#fileSystem, path)
    const entry: DirectorySync = { running }
    this.#directories.set(path, entry)
    const forget = () => {
      if (entry.next === undefined) this.#directories.delete(path)
    }
    running.then(forget, forget)
    return running
  }
}
