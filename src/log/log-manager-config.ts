import { type CleanerConfig, defaultCleanerConfig } from './cleaner/cleaner-config.ts'

/**
 * The configs that a broker's logs share (of Kafka's `LogManager`, `ReplicaManager` and
 * `ProducerStateManagerConfig`). All times are in milliseconds; `Infinity` means never. Dynamic
 * configs are read at each use, so they may be getters.
 */
export interface LogManagerConfig {
  /** Interval of the retention check (`log.retention.check.interval.ms`). */
  readonly retentionCheckIntervalMs: number
  /**
   * Interval of the check for due flushes (`log.flush.scheduler.interval.ms`); if `Infinity`,
   * `flush.ms` has no effect.
   */
  readonly flushSchedulerIntervalMs: number
  /** Interval of recovery point checkpoints (`log.flush.offset.checkpoint.interval.ms`). */
  readonly recoveryPointCheckpointIntervalMs: number
  /** Interval of log start offset checkpoints (`log.flush.start.offset.checkpoint.interval.ms`). */
  readonly logStartOffsetCheckpointIntervalMs: number
  /** Interval of high watermark checkpoints (`replica.high.watermark.checkpoint.interval.ms`). */
  readonly highWatermarkCheckpointIntervalMs: number
  /** Delay of the first retention check (`log.initial.task.delay.ms`). */
  readonly initialTaskDelayMs: number
  /** Time without a batch after which a producer expires (`producer.id.expiration.ms`); dynamic. */
  readonly producerIdExpirationMs: number
  /** Interval of the check for expired producers (`producer.id.expiration.check.interval.ms`). */
  readonly producerIdExpirationCheckIntervalMs: number
  /**
   * Whether the first batch of a transaction must be verified
   * (`transaction.partition.verification.enable`); dynamic. Default false.
   */
  readonly verifiesTransactions?: boolean
  /** Time between the deletion of a partition and of its files (`log.segment.delete.delay.ms`). */
  readonly fileDeleteDelayMs: number
  /** Paths of log directories that get no new logs, `*` for all; dynamic (`cordoned.log.dirs`). */
  readonly cordonedLogDirs: readonly string[]
  /** Dynamic. */
  readonly cleaner: CleanerConfig
}

/** Kafka's defaults for every field. */
export const defaultLogManagerConfig: LogManagerConfig = {
  retentionCheckIntervalMs: 5 * 60 * 1000,
  flushSchedulerIntervalMs: Infinity,
  recoveryPointCheckpointIntervalMs: 60 * 1000,
  logStartOffsetCheckpointIntervalMs: 60 * 1000,
  highWatermarkCheckpointIntervalMs: 5000,
  initialTaskDelayMs: 30 * 1000,
  producerIdExpirationMs: 24 * 60 * 60 * 1000,
  producerIdExpirationCheckIntervalMs: 10 * 60 * 1000,
  fileDeleteDelayMs: 60 * 1000,
  cordonedLogDirs: [],
  cleaner: defaultCleanerConfig,
}
