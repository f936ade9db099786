import { boolean, clusterWide, int, internal, list, short, string } from '../config-def.ts'
import { atLeast, between, nonEmptyDistinct } from '../validators.ts'

/** Share groups, their coordinator and the topic with their state (KIP-932). */
export const shareGroupsConfigs = {
  'errors.deadletterqueue.auto.create.topics.enable': clusterWide(
    boolean('medium', false, 'Create missing dead-letter topics of share groups.'),
  ),
  'errors.deadletterqueue.topic.name.prefix': clusterWide(
    string('medium', 'dlq.', 'Required prefix of the names of dead-letter topics.'),
  ),
  'group.share.assignment.interval.ms': clusterWide(
    int('medium', 1000, 'Minimum time between two assignments of a share group.', atLeast(0)),
  ),
  'group.share.assignor.offload.enable': internal(
    clusterWide(
      boolean('medium', true, 'Compute assignments of share groups on a background thread.'),
    ),
  ),
  'group.share.assignors': list(
    'medium',
    'simple',
    'Assignors for share groups; exactly one.',
    nonEmptyDistinct,
  ),
  'group.share.delivery.count.limit': int(
    'medium',
    5,
    'Maximum number of deliveries of a record to a share group.',
    between(2, 10),
  ),
  'group.share.dlq.manager.class.name': internal(
    string(
      'medium',
      'org.apache.kafka.server.share.dlq.DefaultShareGroupDLQManager',
      'Class that writes undeliverable records to dead-letter topics.',
    ),
  ),
  'group.share.heartbeat.interval.ms': int(
    'medium',
    5000,
    'How often members of a share group send heartbeats.',
    atLeast(1),
  ),
  'group.share.initialize.retry.interval.ms': internal(
    int('low', 30_000, 'Delay before the initialization of share state is retried.', atLeast(1)),
  ),
  'group.share.max.assignment.interval.ms': int(
    'medium',
    15_000,
    "Upper bound of a group's own `share.assignment.interval.ms`.",
    atLeast(0),
  ),
  'group.share.max.delivery.count.limit': int(
    'medium',
    10,
    "Upper bound of a share group's delivery count limit.",
    between(5, 25),
  ),
  'group.share.max.heartbeat.interval.ms': int(
    'medium',
    15_000,
    "Upper bound of a share group's heartbeat interval.",
    atLeast(1),
  ),
  'group.share.max.partition.max.record.locks': int(
    'medium',
    4000,
    "Upper bound of a share group's record locks per partition.",
    between(2000, 10_000),
  ),
  'group.share.max.record.lock.duration.ms': int(
    'medium',
    60_000,
    "Upper bound of a share group's acquisition lock.",
    between(30_000, 3_600_000),
  ),
  'group.share.max.session.timeout.ms': int(
    'medium',
    60_000,
    "Upper bound of a share group's session timeout.",
    atLeast(1),
  ),
  'group.share.max.share.sessions': int(
    'medium',
    2000,
    'Maximum number of share sessions per broker.',
    atLeast(1),
  ),
  'group.share.max.size': int(
    'medium',
    200,
    'Maximum number of members of a share group.',
    between(1, 1000),
  ),
  'group.share.min.assignment.interval.ms': int(
    'medium',
    0,
    "Lower bound of a group's own `share.assignment.interval.ms`.",
    atLeast(0),
  ),
  'group.share.min.delivery.count.limit': int(
    'medium',
    2,
    "Lower bound of a share group's delivery count limit.",
    between(2, 5),
  ),
  'group.share.min.heartbeat.interval.ms': int(
    'medium',
    5000,
    "Lower bound of a share group's heartbeat interval.",
    atLeast(1),
  ),
  'group.share.min.partition.max.record.locks': int(
    'medium',
    100,
    "Lower bound of a share group's record locks per partition.",
    between(100, 2000),
  ),
  'group.share.min.record.lock.duration.ms': int(
    'medium',
    15_000,
    "Lower bound of a share group's acquisition lock.",
    between(1000, 30_000),
  ),
  'group.share.min.session.timeout.ms': int(
    'medium',
    45_000,
    "Lower bound of a share group's session timeout.",
    atLeast(1),
  ),
  'group.share.partition.max.record.locks': int(
    'medium',
    2000,
    'Records of a share partition that may be locked at once.',
    between(100, 10_000),
  ),
  'group.share.persister.class.name': internal(
    string(
      'medium',
      'org.apache.kafka.server.share.persister.DefaultStatePersister',
      'Class that stores the state of share groups.',
    ),
  ),
  'group.share.record.lock.duration.ms': int(
    'medium',
    30_000,
    'How long an acquired record stays locked.',
    between(1000, 3_600_000),
  ),
  'group.share.session.timeout.ms': int(
    'medium',
    45_000,
    'Time without a heartbeat after which a member is removed from its share group.',
    atLeast(1),
  ),
  'share.coordinator.append.linger.ms': int(
    'medium',
    -1,
    'How long the share coordinator gathers writes; -1 adapts to the load.',
    atLeast(-1),
  ),
  'share.coordinator.cached.buffer.max.bytes': clusterWide(
    int(
      'medium',
      1_048_588,
      'Largest write buffer that the share coordinator keeps for reuse.',
      atLeast(524_288),
    ),
  ),
  'share.coordinator.cold.partition.snapshot.interval.ms': internal(
    int('low', 300_000, 'How often unchanged share partitions get a snapshot.', atLeast(1)),
  ),
  'share.coordinator.load.buffer.size': int(
    'high',
    5_242_880,
    'Bytes read at a time when the share state topic is loaded.',
    atLeast(1),
  ),
  'share.coordinator.snapshot.update.records.per.snapshot': int(
    'medium',
    500,
    'Updates between two snapshots of a share partition.',
    between(0, 500),
  ),
  'share.coordinator.state.topic.compression.codec': int(
    'high',
    0,
    'Codec id of batches in the share state topic.',
  ),
  'share.coordinator.state.topic.min.isr': short(
    'high',
    2,
    'In-sync replicas that a write to the share state topic needs.',
    atLeast(1),
  ),
  'share.coordinator.state.topic.num.partitions': int(
    'high',
    50,
    'Partitions of the share state topic.',
    atLeast(1),
  ),
  'share.coordinator.state.topic.prune.interval.ms': internal(
    int(
      'low',
      300_000,
      'How often outdated records of the share state topic are deleted.',
      atLeast(1),
    ),
  ),
  'share.coordinator.state.topic.replication.factor': short(
    'high',
    3,
    'Replicas of the share state topic.',
    atLeast(1),
  ),
  'share.coordinator.state.topic.segment.bytes': int(
    'high',
    104_857_600,
    'Segment size of the share state topic.',
    atLeast(1),
  ),
  'share.coordinator.threads': int('medium', 1, 'Threads of the share coordinator.', atLeast(1)),
  'share.coordinator.write.timeout.ms': int(
    'high',
    5000,
    'How long a write waits for the replicas of the share state topic.',
    atLeast(1),
  ),
  'share.fetch.purgatory.purge.interval.requests': int(
    'medium',
    1000,
    'Finished share fetches after which the purgatory is swept.',
  ),
}
