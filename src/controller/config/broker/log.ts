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

/** Logs: where they lie, when they roll, how long they are kept, how they are cleaned. */
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
      'Codec that stored batches have; `producer` keeps what was sent.',
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
    long('medium', 15_000, 'Pause of the log cleaner when nothing needs cleaning.', atLeast(0)),
  ),
  'log.cleaner.dedupe.buffer.size': clusterWide(
    long('medium', 134_217_728, 'Memory for de-duplication, over all cleaner threads.'),
  ),
  'log.cleaner.delete.retention.ms': clusterWide(
    long(
      'medium',
      86_400_000,
      'How long tombstones stay after compaction has reached them.',
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
    long('medium', LONG_MAX, "Longest time a record stays out of compaction's reach.", atLeast(1)),
  ),
  'log.cleaner.min.cleanable.ratio': clusterWide(
    double(
      'medium',
      '0.5',
      'Share of uncompacted bytes from which a log is compacted.',
      between(0, 1),
    ),
  ),
  'log.cleaner.min.compaction.lag.ms': clusterWide(
    long('medium', 0, "Shortest time a record stays out of compaction's reach.", atLeast(0)),
  ),
  'log.cleaner.threads': clusterWide(int('medium', 1, 'Threads of the log cleaner.', atLeast(0))),
  'log.cleanup.policy': clusterWide(
    list(
      'medium',
      'delete',
      'What happens to old segments: delete, compact, both or nothing.',
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
    'How long a failed directory may stay unreported before the broker stops.',
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
    'How often logs are looked over for a due flush.',
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
    long('medium', 3_600_000, "How far a record's timestamp may lie in the future.", atLeast(0)),
  ),
  'log.message.timestamp.before.max.ms': clusterWide(
    long('medium', LONG_MAX, "How far a record's timestamp may lie in the past.", atLeast(0)),
  ),
  'log.message.timestamp.type': clusterWide(
    string(
      'medium',
      'CreateTime',
      'Timestamp of records: given by the producer or at append.',
      oneOf('CreateTime', 'LogAppendTime'),
    ),
  ),
  'log.preallocate': clusterWide(
    boolean('medium', false, 'Reserve the whole file when a segment is created.'),
  ),
  'log.retention.bytes': clusterWide(
    long('high', -1, 'Bytes a partition keeps before old segments go; -1 for no limit.'),
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
    'Hours that segments are kept, unless minutes or milliseconds say otherwise.',
  ),
  'log.retention.minutes': int(
    'high',
    null,
    'Minutes that segments are kept, unless milliseconds say otherwise.',
  ),
  'log.retention.ms': clusterWide(
    long('high', null, 'Milliseconds that segments are kept; -1 for ever.'),
  ),
  'log.roll.hours': int(
    'high',
    168,
    'Hours after which a segment is rolled, unless milliseconds say otherwise.',
    atLeast(1),
  ),
  'log.roll.jitter.hours': int(
    'high',
    0,
    'Most hours taken at random off the roll time.',
    atLeast(0),
  ),
  'log.roll.jitter.ms': clusterWide(
    long('high', null, 'Most milliseconds taken at random off the roll time.'),
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
      'Most bytes that a batch may unpack to on the broker.',
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
