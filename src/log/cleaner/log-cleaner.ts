import type { Clock } from '../../platform/clock.ts'
import type { FileSystem } from '../../platform/file-system.ts'
import type { Random } from '../../platform/random.ts'
import type { Turn } from '../../platform/turn.ts'
import type { Durability } from '../files/small-file.ts'
import type { Log } from '../log.ts'
import { BackgroundCleaner } from './background-cleaner.ts'
import { clean, cleanAgain } from './cleaner.ts'
import { type CleanedPartition, CleanerCheckpoints } from './cleaner-checkpoints.ts'
import type { CleanerConfig } from './cleaner-config.ts'
import { type CleanerStats, noCleaning, sumOfCleanings } from './cleaner-stats.ts'
import { CleaningAborted } from './cleaning-aborted.ts'
import { CleaningTask } from './cleaning-task.ts'
import { LogCleanerManager } from './log-cleaner-manager.ts'
import type { LogToClean } from './log-to-clean.ts'
import { OffsetMap } from './offset-map.ts'

const MIN_IO_BUFFER_BYTES = 64 * 1024

export interface LogCleanerOptions {
  /** All logs of the broker. */
  readonly logs: () => Iterable<Log>
  readonly clock: Clock
  readonly fileSystem: FileSystem
  readonly random: Random
  readonly turn: Turn
  readonly durability: Durability
  readonly config: CleanerConfig
  /** Called with problems of checkpoints and logs. */
  readonly onWarning: (message: string) => void
}

/** A requested cleaning. */
interface Demand {
  task: CleaningTask | undefined
  /** Resolves when it has ended. Never rejects. */
  ended: Promise<unknown>
}

/**
 * Compacts the logs of a broker with the cleanup policy `compact` (Kafka's `LogCleaner`): in the
 * background, see {@link BackgroundCleaner}, and on demand.
 */
export class LogCleaner {
  readonly #options: LogCleanerOptions
  readonly #manager: LogCleanerManager
  readonly #background: BackgroundCleaner
  readonly #demands = new Map<Log, Demand>()
  #isClosed = false

  constructor(options: LogCleanerOptions) {
    const { clock, config, logs, onWarning } = options
    this.#options = options
    this.#manager = new LogCleanerManager(logs, new CleanerCheckpoints(options), onWarning)
    this.#background = new BackgroundCleaner({
      clock,
      config,
      manager: this.#manager,
      begin: (toClean) => this.#newTask(toClean, clean),
    })
  }

  /** Starts cleaning in the background, if it is enabled. */
  start(): void {
    this.#background.start()
  }

  /** Aborts all cleanings, whose callers get an error. Writes nothing. */
  close(): void {
    this.#isClosed = true
    this.#background.stop()
    for (const { task } of this.#demands.values()) task?.abort()
  }

  /** Notes that a log was appended to or reconfigured. */
  wake(): void {
    this.#background.wake()
  }

  /** Notes a truncation. A running cleaning detects it by itself. */
  onTruncated(): void {
    this.#manager.onTruncated()
  }

  /**
   * Aborts the cleaning of a log, which remains as it was. It starts again if there is still
   * something to clean.
   */
  abort(log: Log): void {
    this.#background.abort(log)
    this.#demands.get(log)?.task?.abort()
  }

  /** Aborts the cleaning of a deleted log, and drops its checkpoint. */
  forget(log: Log): void {
    this.abort(log)
    try {
      this.#manager.forget(log)
    } catch (error) {
      log.files.failCleaning(error)
    }
  }

  /**
   * Drops the cleaner checkpoint of an unopened log, so that a new log of the same name does not
   * inherit it.
   */
  forgetStored(partition: CleanedPartition): void {
    try {
      this.#manager.forget(partition)
    } catch (error) {
      this.#options.onWarning(`the cleaner's checkpoint could not be written: ${String(error)}`)
    }
  }

  /**
   * Cleans everything that may be cleaned, regardless of `min.cleanable.dirty.ratio`, but after the
   * compaction lags. Yields to the event loop after every slice. Does not wait for the clock.
   *
   * @param scope 'dirty': one cleaning by Kafka's rules, from the end of the last one.
   * 'everything': also the clean part, until nothing is left to remove, such as tombstones past
   * their delete horizon.
   * @returns the stats; zeros if there is nothing to clean or the log is not compacted
   * @throws CleaningAborted if the log or the cleaner is closed; CorruptRecordError if the log
   * cannot be read; the error of the operating system
   */
  async cleanNow(log: Log, scope: 'dirty' | 'everything' = 'dirty'): Promise<CleanerStats> {
    for (let other; (other = this.#demands.get(log)) !== undefined;) await other.ended
    this.#background.abort(log)
    const demand: Demand = { task: undefined, ended: Promise.resolve() }
    this.#demands.set(log, demand)
    this.#manager.begin(log)
    const cleaning = this.#cleanAll(log, demand, scope).finally(() => {
      this.#demands.delete(log)
      this.#manager.end(log)
      this.wake()
    })
    demand.ended = cleaning.catch(() => {})
    return cleaning
  }

  async #cleanAll(log: Log, demand: Demand, scope: 'dirty' | 'everything'): Promise<CleanerStats> {
    let total: CleanerStats | undefined
    for (;;) {
      if (this.#isClosed || !log.isOpen) throw new CleaningAborted('the log is closed or offline')
      const toClean = this.#manager.measure(log, this.#options.clock.now())
      total ??= noCleaning(toClean.firstDirtyOffset)
      const isDirty = toClean.cleanableBytes > 0
      if (!log.config.cleanupPolicy.compact || (!isDirty && scope === 'dirty')) return total
      demand.task = this.#newTask(toClean, isDirty ? clean : cleanAgain)
      try {
        const stats = await finish(demand.task, this.#options.turn)
        if (!isDirty && stats.segmentsRead === 0) return total
        this.#manager.markClean(log, stats.endOffset)
        total = sumOfCleanings(total, stats)
      } catch (error) {
        if (!(error instanceof CleaningAborted)) {
          log.files.failCleaning(error)
          throw error
        }
        // The segments have changed: measure the log again.
        await this.#options.turn.next()
      }
    }
  }

  #newTask(toClean: LogToClean, work: typeof clean): CleaningTask {
    const { clock, random, durability, config } = this.#options
    const { dedupeBufferBytes, ioBufferBytes, loadFactor, threads } = config
    const shares = Math.max(1, threads)
    const map = new OffsetMap(dedupeBufferBytes / shares, random.int(2 ** 31))
    // Kafka uses the other half for reading.
    const bufferBytes = Math.max(MIN_IO_BUFFER_BYTES, Math.floor(ioBufferBytes / shares / 2))
    const options = { nowMs: clock.now(), loadFactor, ioBufferBytes: bufferBytes, durability }
    return new CleaningTask(toClean.log, work(toClean, map, options))
  }
}

/** Runs all slices of a task, each in its own turn of the event loop. */
async function finish(task: CleaningTask, turn: Turn): Promise<CleanerStats> {
  for (;;) {
    const stats = task.runSlice()
    if (stats !== undefined) return stats
    await turn.next()
  }
}
