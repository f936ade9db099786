import { dirname } from 'node:path'
import type { Clock, Timer } from '../../platform/clock.ts'
import type { FileSystem } from '../../platform/file-system.ts'
import { inParallel } from './in-parallel.ts'
import { syncDirectory, syncDirectoryLater, syncFile, syncFileLater } from './sync-if-there.ts'

/** Fewer than Node's thread pool has threads, so that the records of others are not kept waiting. */
const DIRECTORIES_AT_A_TIME = 2

interface DirectorySync {
  readonly running: Promise<void>
  /** Of those who came since it began. */
  next?: Promise<void>
}

/**
 * Small files of a log directory that were replaced, or are to be, and are on their way to the disk, off the event loop. For what a power failure may
 * take as long as nothing relies on it: a log's `partition.metadata` and leader epochs, which have to be there once its recovery point
 * moves, an append is acknowledged that has to be durable, or the log is closed. Whoever does that waits for them here.
 */
export class BackgroundSyncs {
  readonly #fileSystem: FileSystem
  readonly #clock: Clock
  readonly #onFailure: (error: unknown) => void
  /** Paths of files by that of their directory. */
  readonly #waiting = new Map<string, Set<string>>()
  /** What writes files that have not been written yet, by their paths, by that of their directory. */
  readonly #unwritten = new Map<string, Map<string, () => void>>()
  readonly #underWay = new Map<string, { files: ReadonlySet<string>; done: Promise<void> }>()
  readonly #directories = new Map<string, DirectorySync>()
  #timer: Timer | undefined
  #isRunning = false
  #isClosed = false

  /** @param onFailure told of the error of a sync that nobody waits for */
  constructor(fileSystem: FileSystem, clock: Clock, onFailure: (error: unknown) => void) {
    this.#fileSystem = fileSystem
    this.#clock = clock
    this.#onFailure = onFailure
  }

  /**
   * The file has been replaced.
   *
   * @param write replaces it first, in the background or when somebody waits for it, and adds it again; throws the error of the operating system
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

  /** Whether any file of the directory may not be on the disk yet. */
  isPending(directory: string): boolean {
    return (
      this.#waiting.has(directory) ||
      this.#unwritten.has(directory) ||
      this.#underWay.has(directory)
    )
  }

  /** Brings the directory's files and their names to the disk before it returns. Throws the error of the operating system. */
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
   * As {@link sync}, but the event loop goes on. Rejects with the error of the operating system.
   *
   * @param others on their way to the same directory, whose names are to be there too
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

  /** Brings the names in a directory to the disk. Those who ask while one sync is under way share the next. */
  syncDirectoryLater(path: string): Promise<void> {
    const known = this.#directories.get(path)
    if (known === undefined) return this.#beginDirectory(path)
    const begin = () => this.#beginDirectory(path)
    return (known.next ??= known.running.then(begin, begin))
  }

  /** Begins nothing any more by itself. */
  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
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
      await inParallel(directories, DIRECTORIES_AT_A_TIME, (path) => this.syncLater(path))
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
