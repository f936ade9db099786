import {
  INT_MAX,
  boolean,
  clusterWide,
  int,
  internal,
  list,
  long,
  short,
  string,
} from '../config-def.ts'
import { atLeast, nonEmptyDistinct, nonEmptyListOf, oneOfIgnoringCase } from '../validators.ts'

/** Classic and consumer groups, and the topic with their offsets. */
export const groupsConfigs = {
  'group.consumer.assignment.interval.ms': clusterWide(
    int('medium', 1000, 'Minimum time between two assignments of a consumer group.', atLeast(0)),
  ),
  'group.consumer.assignor.offload.enable': internal(
    clusterWide(
      boolean('medium', true, 'Compute assignments of consumer groups on a background thread.'),
    ),
  ),
  'group.consumer.assignors': list(
    'medium',
    'uniform,range',
    'Assignors for consumer groups; the first is the default.',
    nonEmptyDistinct,
  ),
  'group.consumer.heartbeat.interval.ms': int(
    'medium',
    5000,
    'How often members of a consumer group send heartbeats.',
    atLeast(1),
  ),
  'group.consumer.max.assignment.interval.ms': int(
    'medium',
    15_000,
    "Upper bound of a group's own `consumer.assignment.interval.ms`.",
    atLeast(0),
  ),
  'group.consumer.max.heartbeat.interval.ms': int(
    'medium',
    15_000,
    "Upper bound of a consumer group's heartbeat interval.",
    atLeast(1),
  ),
  'group.consumer.max.session.timeout.ms': int(
    'medium',
    60_000,
    "Upper bound of a consumer group's session timeout.",
    atLeast(1),
  ),
  'group.consumer.max.size': int(
    'medium',
    INT_MAX,
    'Maximum number of members of a consumer group.',
    atLeast(1),
  ),
  'group.consumer.migration.policy': string(
    'medium',
    'bidirectional',
    'Allowed direction of migration between the classic and the consumer protocol.',
    oneOfIgnoringCase('DISABLED', 'DOWNGRADE', 'UPGRADE', 'BIDIRECTIONAL'),
  ),
  'group.consumer.min.assignment.interval.ms': int(
    'medium',
    0,
    "Lower bound of a group's own `consumer.assignment.interval.ms`.",
    atLeast(0),
  ),
  'group.consumer.min.heartbeat.interval.ms': int(
    'medium',
    5000,
    "Lower bound of a consumer group's heartbeat interval.",
    atLeast(1),
  ),
  'group.consumer.min.session.timeout.ms': int(
    'medium',
    45_000,
    "Lower bound of a consumer group's session timeout.",
    atLeast(1),
  ),
  'group.consumer.regex.refresh.interval.ms': internal(
    int('medium', 600_000, 'How often subscription patterns are evaluated again.', atLeast(10_000)),
  ),
  'group.consumer.session.timeout.ms': int(
    'medium',
    45_000,
    'Time without a heartbeat after which a member is removed from its consumer group.',
    atLeast(1),
  ),
  'group.coordinator.append.linger.ms': int(
    'medium',
    -1,
    'How long the coordinator gathers writes; -1 adapts to the load.',
    atLeast(-1),
  ),
  'group.coordinator.background.threads': int(
    'high',
    2,
    "Threads for the group coordinator's background work.",
    atLeast(1),
  ),
  'group.coordinator.cached.buffer.max.bytes': clusterWide(
    int(
      'medium',
      1_048_588,
      'Largest write buffer that the group coordinator keeps for reuse.',
      atLeast(524_288),
    ),
  ),
  'group.coordinator.rebalance.protocols': list(
    'medium',
    'classic,consumer,streams',
    'Enabled group protocols.',
    nonEmptyListOf('consumer', 'classic', 'share', 'streams'),
  ),
  'group.coordinator.threads': int('high', 4, 'Threads of the group coordinator.', atLeast(1)),
  'group.initial.rebalance.delay.ms': int(
    'medium',
    3000,
    'How long the first rebalance of an empty group waits for more members.',
  ),
  'group.max.session.timeout.ms': int(
    'medium',
    1_800_000,
    'Maximum session timeout of a classic member.',
  ),
  'group.max.size': int(
    'medium',
    INT_MAX,
    'Maximum number of members of a classic group.',
    atLeast(1),
  ),
  'group.min.session.timeout.ms': int(
    'medium',
    6000,
    'Minimum session timeout of a classic member.',
  ),
  'offset.metadata.max.bytes': int(
    'high',
    4096,
    'Maximum bytes of metadata of a committed offset.',
  ),
  'offsets.commit.timeout.ms': int(
    'high',
    5000,
    'How long a commit waits for the replicas of the offsets topic.',
    atLeast(1),
  ),
  'offsets.load.buffer.size': int(
    'high',
    5_242_880,
    'Bytes read at a time when the offsets topic is loaded.',
    atLeast(1),
  ),
  'offsets.retention.check.interval.ms': long(
    'high',
    600_000,
    'How often expired offsets are searched.',
    atLeast(1),
  ),
  'offsets.retention.minutes': int(
    'high',
    10_080,
    'How long committed offsets are retained after their group is empty.',
    atLeast(1),
  ),
  'offsets.topic.compression.codec': int('high', 0, 'Codec id of batches in the offsets topic.'),
  'offsets.topic.num.partitions': int('high', 50, 'Partitions of the offsets topic.', atLeast(1)),
  'offsets.topic.replication.factor': short(
    'high',
    3,
    'Replicas of the offsets topic.',
    atLeast(1),
  ),
  'offsets.topic.segment.bytes': int(
    'high',
    104_857_600,
    'Segment size of the offsets topic.',
    atLeast(1),
  ),
}
