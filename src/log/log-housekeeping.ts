import type { Clock, Timer } from '../platform/clock.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import type { Log } from './log.ts'
import type { OffsetCheckpointKind } from './log-environment.ts'
import type { LogManagerConfig } from './log-manager-config.ts'

/** The parts of a log manager that {@link LogHousekeeping} uses. */
export interface LogHousekeepingOptions {
  readonly clock: Clock
  readonly config: LogManagerConfig
  readonly logs: () => Iterable<Log>
  /** Writes one checkpoint file in every log directory. */
  readonly writeCheckpoint: (kind: OffsetCheckpointKind) => void
  /** True if the directories are deleted on close: nothing is flushed or checkpointed. */
  readonly temporary: boolean
  /** Called when a task fails for one log. */
  readonly onWarning: (message: string) => void
}

/**
 * The periodic tasks of a broker's logs (the scheduled tasks of Kafka's `LogManager` and
 * `ReplicaManager`): retention, flushes, producer expiration, checkpoints. Flushes and checkpoints
 * have a timer only while there is something to write.
 */
export class LogHousekeeping {
  readonly #options: LogHousekeepingOptions
  readonly #periodic = new Map<string, Timer>()
  readonly #checkpoints = new Map<OffsetCheckpointKind, Timer>()
  #flush: Timer | undefined
  #isClosed = false

  constructor(options: LogHousekeepingOptions) {
    this.#options = options
  }

  /** Starts the periodic tasks. */
  start(): void {
    const { config } = this.#options
    this.#repeat('retention', config.initialTaskDelayMs, config.retentionCheckIntervalMs, (log) =>
      log.files.deleteOldSegments(),
    )
    const expiryMs = config.producerIdExpirationCheckIntervalMs
    this.#repeat('producer expiry', expiryMs, expiryMs, (log) =>
      log.producers.removeExpired(this.#options.clock.now()),
    )
  }

  /** Schedules the checkpoint of an offset that has moved. */
  onOffsetsMoved(kind: OffsetCheckpointKind): void {
    const { clock, writeCheckpoint, temporary } = this.#options
    if (temporary || this.#isClosed) return
    if (kind === 'highWatermark' && this.#flush === undefined) this.#scheduleFlush()
    if (this.#checkpoints.has(kind)) return
    const write = () => {
      this.#checkpoints.delete(kind)
      writeCheckpoint(kind)
    }
    this.#checkpoints.set(kind, clock.schedule(this.#intervalOf(kind), write))
  }

  /** Cancels scheduled checkpoints: all checkpoint files were written. */
  onCheckpointsWritten(): void {
    for (const timer of this.#checkpoints.values()) timer.cancel()
    this.#checkpoints.clear()
  }

  /** Cancels all tasks. */
  close(): void {
    this.#isClosed = true
    this.onCheckpointsWritten()
    for (const timer of this.#periodic.values()) timer.cancel()
    this.#periodic.clear()
    this.#flush?.cancel()
    this.#flush = undefined
  }

  #repeat(name: string, delayMs: number, intervalMs: number, task: (log: Log) => void): void {
    if (delayMs === Infinity) return
    const { clock, logs } = this.#options
    const run = () => {
      this.#repeat(name, intervalMs, intervalMs, task)
      for (const log of logs()) this.#runOn(log, name, task)
    }
    this.#periodic.set(name, clock.schedule(delayMs, run))
  }

  /** Runs a task on one log. A log with corrupt segments must not keep the task from the others. */
  #runOn(log: Log, name: string, task: (log: Log) => void): void {
    try {
      task(log)
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
      this.#options.onWarning(`${name} of ${log.topic}-${log.partition}: ${error.message}`)
    }
  }

  #scheduleFlush(): void {
    const { clock, config } = this.#options
    const { flushSchedulerIntervalMs } = config
    if (flushSchedulerIntervalMs === Infinity) return
    this.#flush = clock.schedule(flushSchedulerIntervalMs, () => this.#flushDirtyLogs())
  }

  #flushDirtyLogs(): void {
    this.#flush = undefined
    const { clock, logs } = this.#options
    const nowMs = clock.now()
    let isAnyDirty = false
    for (const log of logs()) {
      if (log.isOffline || log.durability.recoveryPoint >= log.logEndOffset) continue
      if (nowMs - log.durability.lastFlushMs >= log.config.flushMs) void log.durability.flushLater()
      else if (log.config.flushMs !== Infinity) isAnyDirty = true
    }
    if (isAnyDirty) this.#scheduleFlush()
  }

  #intervalOf(kind: OffsetCheckpointKind): number {
    const { config } = this.#options
    switch (kind) {
      case 'highWatermark':
        return config.highWatermarkCheckpointIntervalMs
      case 'recoveryPoint':
        return config.recoveryPointCheckpointIntervalMs
      case 'logStartOffset':
        return config.logStartOffsetCheckpointIntervalMs
    }
  }
}
