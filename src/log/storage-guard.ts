import { errorCodeOf } from '../platform/system-error.ts'
import type { LogEnvironment } from './log-environment.ts'

/**
 * Keeps a log from the disk once an operation on it has failed: what the files hold after that is known only to the next start
 * (Kafka's `maybeHandleIOException` and `LogDirFailureChannel`). A closed log is kept from it too.
 */
export class StorageGuard {
  readonly #name: string
  readonly #environment: LogEnvironment
  #isOffline = false
  #isClosed = false

  /** @param name of the log, for messages */
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

  /** What `action` returns; `otherwise` when the log may not use the disk or fails over it. @param task `read`, for messages */
  run<T>(task: string, action: () => T, otherwise: T): T {
    if (!this.isOpen) return otherwise
    try {
      return action()
    } catch (error) {
      this.fail(task, error)
      return otherwise
    }
  }

  /** Takes the log offline over an error of the operating system; throws any other on. */
  fail(task: string, error: unknown): void {
    if (!isStorageError(error)) throw error
    if (!this.isOpen) return
    this.#isOffline = true
    this.#environment.onWarning(`cannot ${task} ${this.#name}: ${error.message}`)
    this.#environment.onStorageFailure(error)
  }
}

/** Whether the disk failed, and not the program: Node's own errors are of the latter kind. */
export function isStorageError(error: unknown): error is Error {
  const code = errorCodeOf(error)
  return code !== undefined && /^E(?!RR_)[A-Z0-9]+$/.test(code)
}
