import type { Clock, Timer } from '../platform/clock.ts'
import type { StorageGuard } from './storage-guard.ts'

/**
 * What one log has to do later, such as flushing a sealed segment or removing files (the tasks that Kafka's `UnifiedLog` gives to its
 * `Scheduler`). There are timers only while something waits, and what still waits when the log is closed is not done.
 */
export class BackgroundTasks {
  readonly #clock: Clock
  readonly #guard: StorageGuard
  #waiting: Set<Timer> | undefined

  /** @param guard meets the errors of the tasks, for which no caller is there */
  constructor(clock: Clock, guard: StorageGuard) {
    this.#clock = clock
    this.#guard = guard
  }

  /** @param name `flush`, for messages */
  schedule(delayMs: number, name: string, task: () => void): void {
    const timer = this.#clock.schedule(delayMs, () => {
      this.#waiting?.delete(timer)
      this.#guard.run(name, task, undefined)
    })
    this.#waiting ??= new Set()
    this.#waiting.add(timer)
  }

  cancel(): void {
    for (const timer of this.#waiting ?? []) timer.cancel()
    this.#waiting = undefined
  }
}
