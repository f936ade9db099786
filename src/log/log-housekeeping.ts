import type { Clock, Timer } from '../platform/clock.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import type { Log } from './log.ts'
import type { OffsetCheckpointKind } from './log-environment.ts'
import type { LogManagerConfig } from './log-manager-config.ts'

/** What {@link LogHousekeeping} needs of its log manager. */
export interface LogHousekeepingOptions {
  readonly clock: Clock
  readonly config: LogManagerConfig
  readonly logs: () => Iterable<Log>
  /** Writes one of the checkpoint files of every directory. */
  readonly writeCheckpoint: (kind: OffsetCheckpointKind) => void
  /** The directories go away with the cluster: nothing is flushed or written down. */
  readonly temporary: boolean
  /** Told of logs that could not be looked after. */
  readonly onWarning: (message: string) => void
}

/**
 * What a broker does with its logs by the clock (the scheduled tasks of Kafka's `LogManager` and `ReplicaManager`): retention, flushes,
 * producers that expire, checkpoints. The latter and flushes have a timer only while there is something to write.
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

  /** Begins with what is done periodically. */
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

  /** To be called when an offset has moved that a checkpoint file holds: it is written when its interval is over. */
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

  /** All checkpoint files are up to date. */
  onCheckpointsWritten(): void {
    for (const timer of this.#checkpoints.values()) timer.cancel()
    this.#checkpoints.clear()
  }

  /** Ends everything; nothing is done any more. */
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

  /** A log whose segments are corrupt must not keep the others from being looked after. */
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
