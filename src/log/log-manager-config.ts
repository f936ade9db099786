import { type CleanerConfig, defaultCleanerConfig } from './cleaner/cleaner-config.ts'

/**
 * What the logs of a broker obey together (of Kafka's `LogManager`, `ReplicaManager` and `ProducerStateManagerConfig`). All times are in
 * milliseconds, `Infinity` stands for never. What may change while the broker runs is read whenever it is used, so that it may be a getter.
 */
export interface LogManagerConfig {
  /** How often old segments are looked for (`log.retention.check.interval.ms`). */
  readonly retentionCheckIntervalMs: number
  /** How often logs are looked over for a due flush (`log.flush.scheduler.interval.ms`); without it `flush.ms` has no effect. */
  readonly flushSchedulerIntervalMs: number
  /** How often recovery points are written (`log.flush.offset.checkpoint.interval.ms`). */
  readonly recoveryPointCheckpointIntervalMs: number
  /** How often log start offsets are written (`log.flush.start.offset.checkpoint.interval.ms`). */
  readonly logStartOffsetCheckpointIntervalMs: number
  /** How often high watermarks are written (`replica.high.watermark.checkpoint.interval.ms`). */
  readonly highWatermarkCheckpointIntervalMs: number
  /** Time before the logs are looked over for the first time (`log.initial.task.delay.ms`). */
  readonly initialTaskDelayMs: number
  /** Time without a batch after which a producer is forgotten (`producer.id.expiration.ms`); may change. */
  readonly producerIdExpirationMs: number
  /** How often such producers are looked for (`producer.id.expiration.check.interval.ms`). */
  readonly producerIdExpirationCheckIntervalMs: number
  /** Time between a partition's end and that of its files (`log.segment.delete.delay.ms`). */
  readonly fileDeleteDelayMs: number
  /** Paths of directories that get no new logs, `*` for all; may change (`cordoned.log.dirs`). */
  readonly cordonedLogDirs: readonly string[]
  /** May change. */
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
