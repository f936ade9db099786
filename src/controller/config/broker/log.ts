import {
  LONG_MAX,
  boolean,
  clusterWide,
  double,
  int,
  internal,
  list,
  long,
  perBroker,
  string,
} from '../config-def.ts'
import {
  atLeast,
  between,
  distinct,
  gzipLevel,
  listOf,
  nonEmptyDistinct,
  oneOf,
} from '../validators.ts'

/** Logs: directories, rolling, retention, cleaning. */
export const logConfigs = {
  'compression.gzip.level': clusterWide(
    int(
      'medium',
      -1,
      "Level used when batches are recompressed with gzip; -1 is the codec's own.",
      gzipLevel,
    ),
  ),
  'compression.lz4.level': clusterWide(
    int('medium', 9, 'Level used when batches are recompressed with lz4.', between(1, 17)),
  ),
  'compression.type': clusterWide(
    string(
      'high',
      'producer',
      'Codec of stored batches; `producer` keeps the codec of the producer.',
      oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'),
    ),
  ),
  'compression.zstd.level': clusterWide(
    int('medium', 3, 'Level used when batches are recompressed with zstd.', between(-131_072, 22)),
  ),
  'cordoned.log.dirs': perBroker(
    list('medium', '', 'Log directories that get no new replicas; `*` for all.', distinct),
  ),
  'log.cleaner.backoff.ms': clusterWide(
    long('medium', 15_000, 'Delay of the log cleaner when no log needs cleaning.', atLeast(0)),
  ),
  'log.cleaner.dedupe.buffer.size': clusterWide(
    long('medium', 134_217_728, 'Memory for de-duplication, over all cleaner threads.'),
  ),
  'log.cleaner.delete.retention.ms': clusterWide(
    long(
      'medium',
      86_400_000,
      'How long tombstones are retained after they were compacted.',
      atLeast(0),
    ),
  ),
  'log.cleaner.enable': boolean('medium', true, 'Run the log cleaner, which compacts topics.'),
  'log.cleaner.io.buffer.load.factor': clusterWide(
    double('medium', '0.9', 'How full the de-duplication buffer may get.'),
  ),
  'log.cleaner.io.buffer.size': clusterWide(
    int('medium', 524_288, 'Memory for reading and writing, over all cleaner threads.', atLeast(0)),
  ),
  'log.cleaner.io.max.bytes.per.second': clusterWide(
    double(
      'medium',
      '1.7976931348623157E308',
      'Bytes per second that the log cleaner may read and write.',
    ),
  ),
  'log.cleaner.max.compaction.lag.ms': clusterWide(
    long('medium', LONG_MAX, 'Maximum time until a record can be compacted.', atLeast(1)),
  ),
  'log.cleaner.min.cleanable.ratio': clusterWide(
    double(
      'medium',
      '0.5',
      'Ratio of uncompacted bytes from which a log is compacted.',
      between(0, 1),
    ),
  ),
  'log.cleaner.min.compaction.lag.ms': clusterWide(
    long('medium', 0, 'Minimum time until a record can be compacted.', atLeast(0)),
  ),
  'log.cleaner.threads': clusterWide(int('medium', 1, 'Threads of the log cleaner.', atLeast(0))),
  'log.cleanup.policy': clusterWide(
    list(
      'medium',
      'delete',
      'Policy for old segments: delete, compact, both or none.',
      listOf('compact', 'delete'),
    ),
  ),
  'log.dir': list(
    'high',
    '/tmp/kafka-logs',
    'Directories for logs when `log.dirs` is unset.',
    nonEmptyDistinct,
  ),
  'log.dir.failure.timeout.ms': long(
    'low',
    30_000,
    'How long the broker may fail to report a failed directory before it stops.',
    atLeast(1),
  ),
  'log.dirs': list('high', null, 'Directories for logs.', nonEmptyDistinct),
  'log.flush.interval.messages': clusterWide(
    long('high', LONG_MAX, 'Records after which a log is forced to disk.', atLeast(1)),
  ),
  'log.flush.interval.ms': clusterWide(
    long('high', null, 'Age of unflushed records at which a log is forced to disk.'),
  ),
  'log.flush.offset.checkpoint.interval.ms': int(
    'high',
    60_000,
    'How often recovery points are written.',
    atLeast(0),
  ),
  'log.flush.scheduler.interval.ms': long(
    'high',
    LONG_MAX,
    'How often logs are checked for a due flush.',
  ),
  'log.flush.start.offset.checkpoint.interval.ms': int(
    'high',
    60_000,
    'How often log start offsets are written.',
    atLeast(0),
  ),
  'log.index.interval.bytes': clusterWide(
    int('medium', 4096, 'Bytes of records between two index entries.', atLeast(0)),
  ),
  'log.index.size.max.bytes': clusterWide(
    int('medium', 10_485_760, 'Largest size of an offset or time index.', atLeast(4)),
  ),
  'log.initial.task.delay.ms': internal(
    long('low', 30_000, 'Delay before the first background work on logs, for tests.', atLeast(0)),
  ),
  'log.message.timestamp.after.max.ms': clusterWide(
    long(
      'medium',
      3_600_000,
      'How far the timestamp of a record may be in the future.',
      atLeast(0),
    ),
  ),
  'log.message.timestamp.before.max.ms': clusterWide(
    long('medium', LONG_MAX, 'How far the timestamp of a record may be in the past.', atLeast(0)),
  ),
  'log.message.timestamp.type': clusterWide(
    string(
      'medium',
      'CreateTime',
      'Source of record timestamps: the producer (CreateTime) or the append (LogAppendTime).',
      oneOf('CreateTime', 'LogAppendTime'),
    ),
  ),
  'log.preallocate': clusterWide(
    boolean('medium', false, 'Preallocate the file when a segment is created.'),
  ),
  'log.retention.bytes': clusterWide(
    long('high', -1, 'Maximum bytes that a partition retains; -1 for no limit.'),
  ),
  'log.retention.check.interval.ms': long(
    'medium',
    300_000,
    'How often logs are searched for segments to delete.',
    atLeast(1),
  ),
  'log.retention.hours': int(
    'high',
    168,
    'Hours that segments are retained, unless minutes or milliseconds are set.',
  ),
  'log.retention.minutes': int(
    'high',
    null,
    'Minutes that segments are retained, unless milliseconds are set.',
  ),
  'log.retention.ms': clusterWide(
    long('high', null, 'Milliseconds that segments are retained; -1 for no limit.'),
  ),
  'log.roll.hours': int(
    'high',
    168,
    'Hours after which a segment is rolled, unless milliseconds are set.',
    atLeast(1),
  ),
  'log.roll.jitter.hours': int(
    'high',
    0,
    'Maximum random hours subtracted from the roll time.',
    atLeast(0),
  ),
  'log.roll.jitter.ms': clusterWide(
    long('high', null, 'Maximum random milliseconds subtracted from the roll time.'),
  ),
  'log.roll.ms': clusterWide(long('high', null, 'Milliseconds after which a segment is rolled.')),
  'log.segment.bytes': clusterWide(
    int('high', 1_073_741_824, 'Size at which a segment is rolled.', atLeast(1_048_576)),
  ),
  'log.segment.delete.delay.ms': clusterWide(
    long('high', 60_000, 'Delay between removing a segment and deleting its files.', atLeast(0)),
  ),
  'max.decompressed.message.bytes': clusterWide(
    int(
      'medium',
      2_147_483_639,
      'Maximum size of a batch after decompression on the broker.',
      between(1, 2_147_483_639),
    ),
  ),
  'message.max.bytes': clusterWide(
    int('high', 1_048_588, 'Largest batch accepted, after compression.', atLeast(0)),
  ),
  'num.recovery.threads.per.data.dir': clusterWide(
    int('high', 2, 'Threads per log directory for recovery and shutdown.', atLeast(1)),
  ),
}
