import { dirname } from 'node:path'
import type { BackgroundTasks } from './background-tasks.ts'
import { GroupCommit } from './group-commit.ts'
import type { LocalLog } from './local-log.ts'
import type { LogEnvironment } from './log-environment.ts'
import type { ProducerState } from './producer/producer-state.ts'
import type { StorageGuard } from './storage-guard.ts'

/**
 * Flushes a log to the disk: on request, after a roll, at close, and with `durability: 'fsync'`
 * before an append is acknowledged.
 */
export class LogDurability {
  readonly #environment: LogEnvironment
  readonly #guard: StorageGuard
  readonly #tasks: BackgroundTasks
  readonly #local: LocalLog
  readonly #producers: ProducerState
  /** Only with `durability: 'fsync'`. */
  readonly #groupCommit: GroupCommit | undefined

  constructor(
    environment: LogEnvironment,
    guard: StorageGuard,
    tasks: BackgroundTasks,
    local: LocalLog,
    producers: ProducerState,
  ) {
    this.#environment = environment
    this.#guard = guard
    this.#tasks = tasks
    this.#local = local
    this.#producers = producers
    if (environment.syncsAppends !== true) return
    this.#guard.run('flush', () => this.#commitFound(), undefined)
    this.#groupCommit = this.#newGroupCommit()
  }

  /** Records below this offset are on the disk: recovery skips their segments. */
  get recoveryPoint(): number {
    return this.#local.recoveryPoint
  }

  /**
   * The time at which the recovery point moved last, or the log was opened; milliseconds since the
   * epoch.
   */
  get lastFlushMs(): number {
    return this.#local.lastFlushMs
  }

  /**
   * Records below this offset survive what the log's durability protects from. They may be
   * acknowledged and read.
   */
  get durableOffset(): number {
    return this.#groupCommit?.durableOffset ?? this.#local.logEndOffset
  }

  /**
   * Resolves when everything appended so far is durable, or the log is offline. Returns undefined
   * when it is durable already, as always with the durability of the page cache.
   */
  commit(): Promise<void> | undefined {
    return this.#groupCommit?.commit()
  }

  /** Records at or above the offset were removed: their replacements need a new commit. */
  onTruncated(offset: number): void {
    this.#groupCommit?.onTruncated(offset)
  }

  /**
   * Writes all files, and forces them to the disk unless the directory is temporary. A storage
   * error takes the log offline.
   */
  flush(): void {
    this.#guard.run('flush', () => this.flushTo(this.#local.logEndOffset), undefined)
  }

  /** As {@link flush}, up to an offset. Throws the error of the file system. */
  flushTo(offset: number): void {
    if (offset <= this.#local.recoveryPoint) return
    this.#local.flush(offset)
    this.#environment.onOffsetsMoved('recoveryPoint')
  }

  /** As {@link flush}, without blocking the event loop. */
  async flushLater(offset = this.#local.logEndOffset): Promise<void> {
    if (!this.#guard.isOpen || offset <= this.#local.recoveryPoint) return
    try {
      await this.#local.syncLater(offset)
    } catch (error) {
      this.#guard.fail('flush', error)
    }
    const flush = () => this.flushTo(Math.min(offset, this.#local.logEndOffset))
    this.#guard.run('flush', flush, undefined)
  }

  /**
   * Seals the active segment, and schedules its flush after the current append. Returns false if
   * the segment is empty.
   */
  roll(baseOffset: number): boolean {
    if (!this.#local.roll(baseOffset)) return false
    this.#producers.setMapEndOffset(baseOffset)
    this.#producers.takeSnapshot()
    if (this.#environment.durability === 'synced') {
      this.#tasks.schedule(0, 'flush', () => void this.flushLater(baseOffset))
    }
    return true
  }

  /** Writes the files as a start after a clean shutdown expects them. */
  finish(): void {
    const { segments, logEndOffset, directory } = this.#local
    const { active } = segments
    const { durability, fileSystem } = this.#environment
    active.trim(durability === 'synced')
    this.flushTo(logEndOffset)
    this.#local.syncSmallFiles()
    if (durability === 'synced') {
      active.flush(true)
      // Without records, only the name of the file tells the end of the log.
      if (active.sizeInBytes === 0) fileSystem.syncDirectory(directory)
    }
    this.#producers.setMapEndOffset(logEndOffset)
    this.#producers.takeSnapshot()
  }

  /**
   * Syncs the records that a crash left in the files. Clients may have read them before the crash,
   * so the high watermark must not be below them for a moment.
   */
  #commitFound(): void {
    const { directory, logEndOffset, recoveryPoint } = this.#local
    if (logEndOffset <= recoveryPoint) return
    this.flushTo(logEndOffset)
    this.#environment.fileSystem.syncDirectory(dirname(directory))
  }

  #newGroupCommit(): GroupCommit {
    return new GroupCommit({
      durableOffset: this.#local.recoveryPoint,
      logEndOffset: () => this.#local.logEndOffset,
      isOnline: () => this.#guard.isOpen,
      sync: async (from, to) => {
        try {
          await this.#local.commitLater(to, from)
        } catch (error) {
          this.#guard.fail('commit', error)
        }
      },
    })
  }
}
