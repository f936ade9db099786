/** The cleanup policies of a log. Both may be active (`compact,delete`). */
export interface CleanupPolicy {
  readonly delete: boolean
  readonly compact: boolean
}

/**
 * The values of `compression.type`: `producer` keeps the producer's codec, the others re-encode.
 */
export type TopicCompressionType = 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/**
 * The configuration of one log (Kafka's `LogConfig`): the topic's configs over the broker's
 * defaults. Sizes are in bytes, times in milliseconds. "Never" and "no limit" are `Infinity`,
 * except for the two retentions, where Kafka uses -1.
 */
export interface LogConfig {
  /** The size that a segment may reach before it is rolled (`segment.bytes`). */
  readonly segmentBytes: number
  /**
   * The age of the first record, by the records' timestamps, at which a segment is rolled
   * (`segment.ms`).
   */
  readonly segmentMs: number
  /**
   * The largest random value subtracted from `segmentMs`, so that logs do not roll together
   * (`segment.jitter.ms`).
   */
  readonly segmentJitterMs: number
  /** The maximum size of an index (`segment.index.bytes`). */
  readonly segmentIndexBytes: number
  /** Bytes of records between two index entries (`index.interval.bytes`). */
  readonly indexIntervalBytes: number
  /** The number of records after which the log is flushed (`flush.messages`). */
  readonly flushMessages: number
  /** The time after which the log is flushed (`flush.ms`). */
  readonly flushMs: number
  /** The age at which a segment is deleted; -1 for never (`retention.ms`). */
  readonly retentionMs: number
  /**
   * The size of the log above which the oldest segments are deleted; -1 for never
   * (`retention.bytes`).
   */
  readonly retentionBytes: number
  readonly cleanupPolicy: CleanupPolicy
  /** The maximum size of a batch in the log (`max.message.bytes`). */
  readonly maxMessageBytes: number
  /**
   * The maximum size of a record that the broker decompresses (`max.decompressed.message.bytes`).
   */
  readonly maxDecompressedMessageBytes: number
  readonly compressionType: TopicCompressionType
  readonly gzipLevel: number
  readonly lz4Level: number
  readonly zstdLevel: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  /** How far a timestamp may be before the broker's clock (`message.timestamp.before.max.ms`). */
  readonly timestampBeforeMaxMs: number
  /** How far a timestamp may be after the broker's clock (`message.timestamp.after.max.ms`). */
  readonly timestampAfterMaxMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly deleteRetentionMs: number
  readonly minCleanableDirtyRatio: number
  /**
   * The time between the removal of a segment from the log and of its files
   * (`file.delete.delay.ms`).
   */
  readonly fileDeleteDelayMs: number
  readonly preallocate: boolean
  readonly minInsyncReplicas: number
  readonly uncleanLeaderElectionEnable: boolean
}

/** Kafka's defaults for every field. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 60 * 60 * 1000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  flushMessages: Infinity,
  flushMs: Infinity,
  retentionMs: 7 * 24 * 60 * 60 * 1000,
  retentionBytes: -1,
  cleanupPolicy: { delete: true, compact: false },
  maxMessageBytes: 1024 * 1024 + 12,
  maxDecompressedMessageBytes: 2 ** 31 - 9,
  compressionType: 'producer',
  gzipLevel: -1,
  lz4Level: 9,
  zstdLevel: 3,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: 60 * 60 * 1000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Infinity,
  deleteRetentionMs: 24 * 60 * 60 * 1000,
  minCleanableDirtyRatio: 0.5,
  fileDeleteDelayMs: 60 * 1000,
  preallocate: false,
  minInsyncReplicas: 1,
  uncleanLeaderElectionEnable: false,
}

/**
 * Returns the maximum age of a segment. A compacted log rolls before its records must be compacted
 * (KIP-354).
 */
export function maxSegmentMs(config: LogConfig): number {
  if (!config.cleanupPolicy.compact || config.maxCompactionLagMs <= 0) return config.segmentMs
  return Math.min(config.maxCompactionLagMs, config.segmentMs)
}
