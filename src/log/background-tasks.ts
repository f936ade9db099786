import type { Clock, Timer } from '../platform/clock.ts'
import type { StorageGuard } from './storage-guard.ts'

/**
 * The scheduled tasks of one log, such as flushing a sealed segment or removing files (the tasks
 * that Kafka's `UnifiedLog` gives to its `Scheduler`). A timer exists only while a task waits.
 * Closing the log cancels waiting tasks.
 */
export class BackgroundTasks {
  readonly #clock: Clock
  readonly #guard: StorageGuard
  #waiting: Set<Timer> | undefined

  /** @param guard handles the errors of the tasks, which have no caller */
  constructor(clock: Clock, guard: StorageGuard) {
    this.#clock = clock
    this.#guard = guard
  }

  /** @param name the verb of error messages, such as `flush` */
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
