import type { Log } from '../log.ts'
import type { CleanedPartition, CleanerCheckpoints } from './cleaner-checkpoints.ts'
import {
  cleanableOffsets,
  isCleanable,
  logToClean,
  type LogToClean,
  nextCleanableMs,
} from './log-to-clean.ts'

/**
 * Tracks the clean part of logs, running cleanings, and logs that cannot be cleaned (Kafka's
 * `LogCleanerManager`).
 */
export class LogCleanerManager {
  readonly #logs: () => Iterable<Log>
  readonly #checkpoints: CleanerCheckpoints
  readonly #onWarning: (message: string) => void
  readonly #inProgress = new Set<Log>()
  readonly #uncleanable = new WeakSet<Log>()

  constructor(
    logs: () => Iterable<Log>,
    checkpoints: CleanerCheckpoints,
    onWarning: (message: string) => void,
  ) {
    this.#logs = logs
    this.#checkpoints = checkpoints
    this.#onWarning = onWarning
  }

  /** Returns the cleanable log with the largest dirty ratio, and marks it as in progress. */
  grabFilthiest(nowMs: number): LogToClean | undefined {
    let filthiest: LogToClean | undefined
    for (const log of this.#cleanableLogs()) {
      const toClean = this.#attempt(log, () => this.measure(log, nowMs))
      if (toClean === undefined || !isCleanable(toClean)) continue
      if (filthiest === undefined || toClean.cleanableRatio > filthiest.cleanableRatio) {
        filthiest = toClean
      }
    }
    if (filthiest !== undefined) this.begin(filthiest.log)
    return filthiest
  }

  /** Measures the dirty part of a log. Replaces a checkpoint that cannot be right. */
  measure(log: Log, nowMs: number): LogToClean {
    const offsets = cleanableOffsets(log, this.#checkpoints.get(log), nowMs)
    const { invalidCheckpoint, firstDirtyOffset } = offsets
    if (invalidCheckpoint !== undefined) {
      const { compact, delete: deletes } = log.config.cleanupPolicy
      // With both policies the log start offset moves by retention.
      if (!compact || !deletes) {
        this.#onWarning(`${nameOf(log)} is cleaned from its start: it was ${invalidCheckpoint}`)
      }
      this.#checkpoints.set(log, firstDirtyOffset)
    }
    return logToClean(log, offsets, nowMs)
  }

  /**
   * Applies retention to compacted logs that are not being cleaned, which is the cleaner's task in
   * Kafka too.
   */
  deleteOldSegments(): void {
    for (const log of this.#cleanableLogs()) this.#attempt(log, () => log.files.deleteOldSegments())
  }

  /** Returns the time at which an unchanged log may become cleanable; `Infinity` for never. */
  nextCheckMs(nowMs: number): number {
    let nextMs = Infinity
    for (const log of this.#cleanableLogs()) {
      const firstDirtyOffset = this.#checkpoints.get(log) ?? log.logStartOffset
      const next = this.#attempt(log, () => nextCleanableMs(log, firstDirtyOffset, nowMs))
      nextMs = Math.min(nextMs, next ?? Infinity)
    }
    return nextMs
  }

  begin(log: Log): void {
    this.#inProgress.add(log)
  }

  /** Marks a cleaning as ended, successful or not. */
  end(log: Log): void {
    this.#inProgress.delete(log)
  }

  /**
   * Writes the offset up to which the log is clean.
   *
   * @throws the error of the operating system
   */
  markClean(log: Log, endOffset: number): void {
    this.#checkpoints.set(log, endOffset)
  }

  /** Lowers checkpoints after truncations: replaced records are not clean. */
  onTruncated(): void {
    for (const log of this.#logs()) {
      if (!log.config.cleanupPolicy.compact) continue
      const checkpointed = this.#checkpoints.get(log)
      const { baseOffset } = log.files.segments.at(-1)!
      if (checkpointed === undefined || checkpointed <= baseOffset) continue
      this.#attempt(log, () => this.#checkpoints.set(log, baseOffset))
    }
  }

  /**
   * Takes the log offline after a storage error. After any other error, the log is not cleaned
   * before the next start.
   */
  onFailure(log: Log, error: unknown): void {
    try {
      log.files.failCleaning(error)
      return
    } catch {
      this.#uncleanable.add(log)
    }
    this.#onWarning(
      `Unexpected exception thrown when cleaning log ${log.directory}. Marking its partition (${nameOf(log)}) as uncleanable: ${String(error)}`,
    )
  }

  /**
   * Removes a deleted log.
   *
   * @throws the error of the operating system
   */
  forget(partition: CleanedPartition): void {
    this.#checkpoints.remove(partition)
  }

  *#cleanableLogs(): Generator<Log, void, undefined> {
    for (const log of this.#logs()) {
      if (!log.config.cleanupPolicy.compact || !log.isOpen) continue
      if (!this.#inProgress.has(log) && !this.#uncleanable.has(log)) yield log
    }
  }

  #attempt<T>(log: Log, look: () => T): T | undefined {
    try {
      return look()
    } catch (error) {
      this.onFailure(log, error)
      return undefined
    }
  }
}

function nameOf({ topic, partition }: Log): string {
  return `${topic}-${partition}`
}
