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
  /** Told of checkpoints and logs that something is wrong with. */
  readonly onWarning: (message: string) => void
}

/** A cleaning that was asked for. */
interface Demand {
  task: CleaningTask | undefined
  /** Settles when it has ended, and never fails. */
  ended: Promise<unknown>
}

/**
 * Compacts the logs of a broker whose `cleanup.policy` says so (Kafka's `LogCleaner`): by itself, see {@link BackgroundCleaner}, and on
 * demand.
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

  /** Begins to clean by itself, if it is enabled. */
  start(): void {
    this.#background.start()
  }

  /** Stops in the middle of any cleaning, and writes nothing more; who waits for one gets an error. */
  close(): void {
    this.#isClosed = true
    this.#background.stop()
    for (const { task } of this.#demands.values()) task?.abort()
  }

  /** Says that a log was appended to or configured anew, so that there may be something to clean. */
  wake(): void {
    this.#background.wake()
  }

  /** Says that a log was cut. What is being cleaned of it notices that by itself. */
  onTruncated(): void {
    this.#manager.onTruncated()
  }

  /** Stops the cleaning of a log, which is left as it was. It begins anew if there is still something to clean. */
  abort(log: Log): void {
    this.#background.abort(log)
    this.#demands.get(log)?.task?.abort()
  }

  /** Stops the cleaning of a log that is deleted, and forgets up to where it was clean. */
  forget(log: Log): void {
    this.abort(log)
    try {
      this.#manager.forget(log)
    } catch (error) {
      log.files.failCleaning(error)
    }
  }

  /** Forgets up to where the log of a partition was clean that is not opened any more: another of its name is none of it. */
  forgetStored(partition: CleanedPartition): void {
    try {
      this.#manager.forget(partition)
    } catch (error) {
      this.#options.onWarning(`the cleaner's checkpoint could not be written: ${String(error)}`)
    }
  }

  /**
   * Cleans all that may be cleaned, whatever `min.cleanable.dirty.ratio` says; the compaction lags hold. The event loop has its turn
   * after every slice, and no clock is waited for.
   *
   * @param scope 'dirty': as one cleaning by Kafka's rules, from where the last one ended. 'everything': then again what is clean, until
   * nothing is left that may go now, such as tombstones whose delete horizon has passed.
   * @returns what was done: nothing where there is nothing to clean, or the log is not compacted
   * @throws CleaningAborted when the log or the cleaner is closed; CorruptRecordError when the log cannot be read; what the disk throws
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
        // Where its segments have changed, the log is looked at again.
        await this.#options.turn.next()
      }
    }
  }

  #newTask(toClean: LogToClean, work: typeof clean): CleaningTask {
    const { clock, random, durability, config } = this.#options
    const { dedupeBufferBytes, ioBufferBytes, loadFactor, threads } = config
    const shares = Math.max(1, threads)
    const map = new OffsetMap(dedupeBufferBytes / shares, random.int(2 ** 31))
    // Kafka reads into the other half.
    const bufferBytes = Math.max(MIN_IO_BUFFER_BYTES, Math.floor(ioBufferBytes / shares / 2))
    const options = { nowMs: clock.now(), loadFactor, ioBufferBytes: bufferBytes, durability }
    return new CleaningTask(toClean.log, work(toClean, map, options))
  }
}

/** Does all slices of a task, each in a turn of the event loop of its own. */
async function finish(task: CleaningTask, turn: Turn): Promise<CleanerStats> {
  for (;;) {
    const stats = task.runSlice()
    if (stats !== undefined) return stats
    await turn.next()
  }
}
