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
 * Cleans logs in the background, the dirtiest first (Kafka's `CleanerThread`). A thread of Kafka is
 * a task here that the clock schedules slice by slice; with a manual clock, a whole cleaning runs
 * within `advance()`. Kafka's pause of `log.cleaner.backoff.ms` is a deadline that exists only
 * while there may be something to clean: after a log has changed, or when a segment reaches the
 * required age.
 */
export class BackgroundCleaner {
  readonly #clock: Clock
  readonly #manager: LogCleanerManager
  readonly #config: CleanerConfig
  readonly #begin: (toClean: LogToClean) => CleaningTask
  readonly #throttler = new Throttler()
  /** The tasks, with the deadline of their next slice. */
  readonly #tasks = new Map<CleaningTask, Timer>()
  #isRunning = false
  /** The deadline of the next check. */
  #timer: Timer | undefined
  /** Whether the next check is at most `log.cleaner.backoff.ms` away. */
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

  /** Aborts all cleanings. */
  stop(): void {
    this.#isRunning = false
    this.#disarm()
    for (const task of this.#tasks.keys()) this.#drop(task)
  }

  /** Notes that a log has changed. Costs almost nothing while a check is due anyway. */
  wake(): void {
    if (this.#isSoon || !this.#mayClean) return
    this.#arm(this.#config.backoffMs)
  }

  /** Aborts the cleaning of a log. */
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
