import type { Clock, Timer } from '../../platform/clock.ts'
import type { RecordWriter } from './coordinator-shard.ts'

/** How long a timer whose records could not be appended waits before it is tried again. */
const RETRY_BACKOFF_MS = 500

/**
 * The timers of a shard, by key (Kafka's `CoordinatorTimer`). They belong to the state in memory:
 * the shard schedules them again when its partition is loaded.
 */
export class ShardTimers<R> {
  readonly #clock: Clock
  readonly #writer: RecordWriter<R>
  readonly #timers = new Map<string, Timer>()

  constructor(clock: Clock, writer: RecordWriter<R>) {
    this.#clock = clock
    this.#writer = writer
  }

  /**
   * Runs `operation` after `delayMs` milliseconds and appends the records that it returns. A timer
   * with the same key is replaced. If the append fails, the operation runs again after 500 ms.
   */
  schedule(key: string, delayMs: number, operation: () => readonly R[]): void {
    this.cancel(key)
    const timer = this.#clock.schedule(delayMs, () => {
      if (this.#timers.get(key) !== timer) return
      this.run(key, operation)
    })
    this.#timers.set(key, timer)
  }

  /**
   * Runs `operation` now and appends the records that it returns. If the append fails, it runs
   * again after 500 ms.
   */
  run(key: string, operation: () => readonly R[]): void {
    this.cancel(key)
    const error = this.#writer.append(operation())
    const isFree = !this.#timers.has(key)
    if (error !== undefined && isFree) this.schedule(key, RETRY_BACKOFF_MS, operation)
  }

  /** Schedules the operation unless there is a timer with this key. */
  scheduleIfAbsent(key: string, delayMs: number, operation: () => readonly R[]): void {
    if (!this.isScheduled(key)) this.schedule(key, delayMs, operation)
  }

  isScheduled(key: string): boolean {
    return this.#timers.has(key)
  }

  cancel(key: string): void {
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
  }

  /** Cancels all timers: this broker no longer leads the partition. */
  cancelAll(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }
}
