import type { Log } from '../log.ts'
import type { CleanedPartition, CleanerCheckpoints } from './cleaner-checkpoints.ts'
import {
  cleanableOffsets,
  isCleanable,
  logToClean,
  type LogToClean,
  nextCleanableMs,
} from './log-to-clean.ts'

/** Knows which logs are clean up to where, which are being cleaned, and which cannot be (Kafka's `LogCleanerManager`). */
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

  /** The log with the largest share of dirty bytes among those worth cleaning; it is in progress from now on. */
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

  /** What there is to clean in a log. A checkpoint that cannot be right is written anew. */
  measure(log: Log, nowMs: number): LogToClean {
    const offsets = cleanableOffsets(log, this.#checkpoints.get(log), nowMs)
    const { invalidCheckpoint, firstDirtyOffset } = offsets
    if (invalidCheckpoint !== undefined) {
      const { compact, delete: deletes } = log.config.cleanupPolicy
      // With both policies the log start offset moves on by itself.
      if (!compact || !deletes) {
        this.#onWarning(`${nameOf(log)} is cleaned from its start: it was ${invalidCheckpoint}`)
      }
      this.#checkpoints.set(log, firstDirtyOffset)
    }
    return logToClean(log, offsets, nowMs)
  }

  /** Retention of the compacted logs that are not being cleaned, which Kafka leaves to the cleaner too. */
  deleteOldSegments(): void {
    for (const log of this.#cleanableLogs()) this.#attempt(log, () => log.files.deleteOldSegments())
  }

  /** When there may be something to clean although nothing is appended; `Infinity` for never. */
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

  /** The cleaning has ended, whether or not it succeeded. */
  end(log: Log): void {
    this.#inProgress.delete(log)
  }

  /** The log is clean up to an offset. Throws what the disk refuses. */
  markClean(log: Log, endOffset: number): void {
    this.#checkpoints.set(log, endOffset)
  }

  /** After logs were cut: what comes in the place of the cleaned records is not clean. */
  onTruncated(): void {
    for (const log of this.#logs()) {
      if (!log.config.cleanupPolicy.compact) continue
      const checkpointed = this.#checkpoints.get(log)
      const { baseOffset } = log.files.segments.at(-1)!
      if (checkpointed === undefined || checkpointed <= baseOffset) continue
      this.#attempt(log, () => this.#checkpoints.set(log, baseOffset))
    }
  }

  /** Takes the log offline where the disk failed. Over any other error it is cleaned no more before the next start. */
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

  /** The log is deleted. Throws what the disk refuses. */
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
