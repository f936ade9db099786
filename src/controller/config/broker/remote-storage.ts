import {
  LONG_MAX,
  boolean,
  clusterWide,
  double,
  int,
  internal,
  long,
  string,
} from '../config-def.ts'
import { atLeast, between, nonEmptyString } from '../validators.ts'

/** Tiered storage (KIP-405). */
export const remoteStorageConfigs = {
  'follower.fetch.last.tiered.offset.enable': clusterWide(
    boolean('medium', false, 'Let a new follower start at the last offset in remote storage.'),
  ),
  'log.local.retention.bytes': clusterWide(
    long(
      'medium',
      -2,
      'Local retention size of segments in remote storage; -2 for `log.retention.bytes`.',
      atLeast(-2),
    ),
  ),
  'log.local.retention.ms': clusterWide(
    long(
      'medium',
      -2,
      'Local retention time of segments in remote storage; -2 for `log.retention.ms`.',
      atLeast(-2),
    ),
  ),
  'log.remote.copy.lag.bytes': clusterWide(
    long(
      'medium',
      -1,
      'Distance from the log end in bytes at which segments are copied to remote storage.',
      atLeast(-1),
    ),
  ),
  'log.remote.copy.lag.ms': clusterWide(
    long('medium', 0, 'Age at which segments are copied to remote storage.', atLeast(-1)),
  ),
  'remote.fetch.max.wait.ms': clusterWide(
    int('medium', 500, 'How long a fetch from remote storage may take.', atLeast(1)),
  ),
  'remote.list.offsets.request.timeout.ms': clusterWide(
    long('medium', 30_000, 'How long an offset lookup in remote storage may take.', atLeast(1)),
  ),
  'remote.log.index.file.cache.total.size.bytes': clusterWide(
    long('low', 1_073_741_824, 'Local bytes for index files from remote storage.', atLeast(1)),
  ),
  'remote.log.index.file.cache.ttl.ms': internal(
    long('low', 900_000, 'Idle time after which a cached remote index is dropped.', atLeast(-1)),
  ),
  'remote.log.manager.copier.thread.pool.size': clusterWide(
    int('medium', 10, 'Threads that copy segments to remote storage.', atLeast(1)),
  ),
  'remote.log.manager.copy.max.bytes.per.second': clusterWide(
    long('medium', LONG_MAX, 'Bytes per second that may go to remote storage.', atLeast(1)),
  ),
  'remote.log.manager.copy.quota.window.num': int(
    'medium',
    11,
    'Samples kept for the remote copy quota.',
    atLeast(1),
  ),
  'remote.log.manager.copy.quota.window.size.seconds': int(
    'medium',
    1,
    'Seconds per sample of the remote copy quota.',
    atLeast(1),
  ),
  'remote.log.manager.expiration.thread.pool.size': clusterWide(
    int('medium', 10, 'Threads that delete expired remote segments.', atLeast(1)),
  ),
  'remote.log.manager.fetch.max.bytes.per.second': clusterWide(
    long('medium', LONG_MAX, 'Bytes per second that may come from remote storage.', atLeast(1)),
  ),
  'remote.log.manager.fetch.quota.window.num': int(
    'medium',
    11,
    'Samples kept for the remote fetch quota.',
    atLeast(1),
  ),
  'remote.log.manager.fetch.quota.window.size.seconds': int(
    'medium',
    1,
    'Seconds per sample of the remote fetch quota.',
    atLeast(1),
  ),
  'remote.log.manager.follower.thread.pool.size': clusterWide(
    int('medium', 2, 'Threads that follow remote offsets for follower partitions.', atLeast(1)),
  ),
  'remote.log.manager.task.interval.ms': long(
    'low',
    30_000,
    'How often remote copy and expiry run.',
    atLeast(1),
  ),
  'remote.log.manager.task.retry.backoff.max.ms': internal(
    long('low', 30_000, 'Maximum delay before remote work is retried.', atLeast(1)),
  ),
  'remote.log.manager.task.retry.backoff.ms': internal(
    long('low', 500, 'Initial delay before remote work is retried.', atLeast(1)),
  ),
  'remote.log.manager.task.retry.jitter': internal(
    double(
      'low',
      '0.2',
      'Random part of the delay before remote work is retried.',
      between(0, 0.5),
    ),
  ),
  'remote.log.manager.thread.pool.size': int(
    'medium',
    2,
    'Old name of `remote.log.manager.follower.thread.pool.size`.',
    atLeast(1),
  ),
  'remote.log.metadata.custom.metadata.max.bytes': int(
    'low',
    128,
    'Maximum bytes that a storage plug-in may attach to a segment.',
    atLeast(0),
  ),
  'remote.log.metadata.manager.class.name': string(
    'medium',
    'org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager',
    'Class that stores the metadata of remote segments.',
    nonEmptyString,
  ),
  'remote.log.metadata.manager.class.path': string(
    'medium',
    null,
    'Class path of the remote metadata manager.',
  ),
  'remote.log.metadata.manager.impl.prefix': string(
    'medium',
    'rlmm.config.',
    'Prefix of configs that are passed to the remote metadata manager.',
    nonEmptyString,
  ),
  'remote.log.metadata.manager.listener.name': string(
    'medium',
    null,
    'Listener through which the remote metadata manager connects.',
    nonEmptyString,
  ),
  'remote.log.reader.max.pending.tasks': int(
    'medium',
    100,
    'Queued remote reads at which fetches get an error.',
    atLeast(1),
  ),
  'remote.log.reader.threads': clusterWide(
    int('medium', 10, 'Threads that read from remote storage.', atLeast(1)),
  ),
  'remote.log.storage.manager.class.name': string(
    'medium',
    null,
    'Class that stores segments remotely.',
    nonEmptyString,
  ),
  'remote.log.storage.manager.class.path': string(
    'medium',
    null,
    'Class path of the remote storage manager.',
  ),
  'remote.log.storage.manager.impl.prefix': string(
    'medium',
    'rsm.config.',
    'Prefix of configs that are passed to the remote storage manager.',
    nonEmptyString,
  ),
  'remote.log.storage.system.enable': boolean('medium', false, 'Switch tiered storage on.'),
}
