import { errorCodeOf } from '../platform/system-error.ts'
import type { LogEnvironment } from './log-environment.ts'

/**
 * Stops all I/O of a log after its first storage error, because only the next start can know what
 * the files contain (Kafka's `maybeHandleIOException` and `LogDirFailureChannel`). Stops it for a
 * closed log too.
 */
export class StorageGuard {
  readonly #name: string
  readonly #environment: LogEnvironment
  #isOffline = false
  #isClosed = false

  /** @param name the log's name, for messages */
  constructor(name: string, environment: LogEnvironment) {
    this.#name = name
    this.#environment = environment
  }

  get isOffline(): boolean {
    return this.#isOffline
  }

  /** Whether the log may use the disk. */
  get isOpen(): boolean {
    return !this.#isOffline && !this.#isClosed
  }

  markOffline(): void {
    this.#isOffline = true
  }

  close(): void {
    this.#isClosed = true
  }

  /**
   * Returns the result of `action`, or `otherwise` if the log may not use the disk or the disk
   * fails.
   *
   * @param task the verb of error messages, such as `read`
   */
  run<T>(task: string, action: () => T, otherwise: T): T {
    if (!this.isOpen) return otherwise
    try {
      return action()
    } catch (error) {
      this.fail(task, error)
      return otherwise
    }
  }

  /** Takes the log offline after an error of the operating system. Rethrows any other error. */
  fail(task: string, error: unknown): void {
    if (!isStorageError(error)) throw error
    if (!this.isOpen) return
    this.#isOffline = true
    this.#environment.onWarning(`cannot ${task} ${this.#name}: ${error.message}`)
    this.#environment.onStorageFailure(error)
  }
}

/** Returns whether the error is the operating system's. Errors of Node (`ERR_…`) are bugs. */
export function isStorageError(error: unknown): error is Error {
  const code = errorCodeOf(error)
  return code !== undefined && /^E(?!RR_)[A-Z0-9]+$/.test(code)
}
