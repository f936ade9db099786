/** Which of Kafka's two kinds of cleaning a log takes part in; both may be on (`compact,delete`). */
export interface CleanupPolicy {
  readonly delete: boolean
  readonly compact: boolean
}

/** The values of `compression.type`: keep what the producer chose, or make it so. */
export type TopicCompressionType = 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/**
 * What one partition's log obeys (Kafka's `LogConfig`): the topic's configuration with the broker's defaults filled in.
 * Sizes are in bytes, times in milliseconds; "never" and "no limit" are `Infinity`, except for the two retentions, where
 * Kafka writes -1.
 */
export interface LogConfig {
  /** A segment is rolled before it would pass this size (`segment.bytes`). */
  readonly segmentBytes: number
  /** A segment is rolled when its first record is this old, by the records' timestamps (`segment.ms`). */
  readonly segmentMs: number
  /** The most that is randomly taken off `segmentMs`, so that logs do not roll at once (`segment.jitter.ms`). */
  readonly segmentJitterMs: number
  /** The most an index may hold (`segment.index.bytes`). */
  readonly segmentIndexBytes: number
  /** Bytes of records between two index entries (`index.interval.bytes`). */
  readonly indexIntervalBytes: number
  /** Records after which the log is forced to the disk (`flush.messages`). */
  readonly flushMessages: number
  /** Time after which the log is forced to the disk (`flush.ms`). */
  readonly flushMs: number
  /** Age at which a segment is deleted, -1 for never (`retention.ms`). */
  readonly retentionMs: number
  /** Size above which the oldest segments are deleted, -1 for never (`retention.bytes`). */
  readonly retentionBytes: number
  readonly cleanupPolicy: CleanupPolicy
  /** The largest batch, as it lies in the log (`max.message.bytes`). */
  readonly maxMessageBytes: number
  /** The most a batch may unpack to where the broker has to unpack it (`max.decompressed.message.bytes`). */
  readonly maxDecompressedMessageBytes: number
  readonly compressionType: TopicCompressionType
  readonly gzipLevel: number
  readonly lz4Level: number
  readonly zstdLevel: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  /** How far a record's timestamp may lie behind the broker's clock (`message.timestamp.before.max.ms`). */
  readonly timestampBeforeMaxMs: number
  /** How far a record's timestamp may lie ahead of the broker's clock (`message.timestamp.after.max.ms`). */
  readonly timestampAfterMaxMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly deleteRetentionMs: number
  readonly minCleanableDirtyRatio: number
  /** Time between a segment leaving the log and its files leaving the disk (`file.delete.delay.ms`). */
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

/** When a segment is rolled by age at the latest: a compacted one before its records may have to be compacted (KIP-354). */
export function maxSegmentMs(config: LogConfig): number {
  if (!config.cleanupPolicy.compact || config.maxCompactionLagMs <= 0) return config.segmentMs
  return Math.min(config.maxCompactionLagMs, config.segmentMs)
}
