import type { Clock, Timer } from '../../platform/clock.ts'
import type { Log } from '../log.ts'
import type { CleanerConfig } from './cleaner-config.ts'
import type { CleanerStats } from './cleaner-stats.ts'
import { CleaningAborted } from './cleaning-aborted.ts'
import type { CleaningTask } from './cleaning-task.ts'
import type { LogCleanerManager } from './log-cleaner-manager.ts'
import type { LogToClean } from './log-to-clean.ts'
import { Throttler } from './throttler.ts'

export interface BackgroundCleanerOptions {
  readonly clock: Clock
  readonly manager: LogCleanerManager
  readonly config: CleanerConfig
  readonly begin: (toClean: LogToClean) => CleaningTask
}

/**
 * Cleans logs of its own accord, the dirtiest first (Kafka's `CleanerThread`). A thread of Kafka's is a task here that does a slice
 * whenever the clock lets it; with a clock that is moved by hand all of it happens while that moves. Kafka's pause of
 * `log.cleaner.backoff.ms` between two looks is a deadline that stands only while a look may find something: after a log was touched,
 * or when a segment comes of age.
 */
export class BackgroundCleaner {
  readonly #clock: Clock
  readonly #manager: LogCleanerManager
  readonly #config: CleanerConfig
  readonly #begin: (toClean: LogToClean) => CleaningTask
  readonly #throttler = new Throttler()
  /** With the deadline of the next slice. */
  readonly #tasks = new Map<CleaningTask, Timer>()
  #isRunning = false
  /** For the next look. */
  #timer: Timer | undefined
  /** The next look is no further off than `log.cleaner.backoff.ms`. */
  #isSoon = false

  constructor({ clock, manager, config, begin }: BackgroundCleanerOptions) {
    this.#clock = clock
    this.#manager = manager
    this.#config = config
    this.#begin = begin
  }

  start(): void {
    this.#isRunning = true
    this.wake()
  }

  /** Drops what is being cleaned. */
  stop(): void {
    this.#isRunning = false
    this.#disarm()
    for (const task of this.#tasks.keys()) this.#drop(task)
  }

  /** Says that a log was touched. Costs next to nothing while a look is due anyway. */
  wake(): void {
    if (this.#isSoon || !this.#mayClean) return
    this.#arm(this.#config.backoffMs)
  }

  /** Drops what has been done of this log. */
  abort(log: Log): void {
    for (const task of this.#tasks.keys()) if (task.log === log) this.#drop(task)
    this.wake()
  }

  get #mayClean(): boolean {
    return this.#isRunning && this.#config.isEnabled && this.#config.threads > 0
  }

  #look(): void {
    this.#disarm()
    if (!this.#mayClean) return
    const nowMs = this.#clock.now()
    while (this.#tasks.size < this.#config.threads) {
      const toClean = this.#manager.grabFilthiest(nowMs)
      if (toClean === undefined) break
      this.#schedule(this.#begin(toClean), 0)
    }
    this.#manager.deleteOldSegments()
    const nextMs = this.#manager.nextCheckMs(nowMs)
    if (nextMs < Infinity) this.#arm(Math.max(this.#config.backoffMs, nextMs - nowMs))
  }

  #schedule(task: CleaningTask, delayMs: number): void {
    this.#tasks.set(
      task,
      this.#clock.schedule(delayMs, () => this.#run(task)),
    )
  }

  #run(task: CleaningTask): void {
    const { log } = task
    try {
      const stats = task.runSlice()
      if (stats === undefined) {
        this.#schedule(task, this.#waitAfter(task.bytesOfSlice))
        return
      }
      this.#complete(task, stats)
    } catch (error) {
      this.#end(task)
      if (!(error instanceof CleaningAborted)) this.#manager.onFailure(log, error)
    }
    this.#look()
  }

  #complete(task: CleaningTask, stats: CleanerStats): void {
    this.#end(task)
    this.#manager.markClean(task.log, stats.endOffset)
  }

  #waitAfter(bytes: number): number {
    return this.#throttler.waitAfter(bytes, this.#config.maxBytesPerSecond, this.#clock.now())
  }

  #drop(task: CleaningTask): void {
    this.#end(task)
    task.abort()
  }

  #end(task: CleaningTask): void {
    this.#tasks.get(task)?.cancel()
    if (this.#tasks.delete(task)) this.#manager.end(task.log)
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel()
    this.#isSoon = delayMs <= this.#config.backoffMs
    this.#timer = this.#clock.schedule(delayMs, () => this.#look())
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#isSoon = false
  }
}
