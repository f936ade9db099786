import { boolean, int, internal, list, long, string } from './config-def.ts'
import { atLeast, distinct, oneOf, shareAutoOffsetReset } from './validators.ts'

/** Group configs (Kafka's `GroupConfig`). */
export const groupConfigs = {
  'consumer.assignment.interval.ms': int(
    'medium',
    1000,
    'Minimum time between two assignments of the group.',
    atLeast(0),
  ),
  'consumer.assignor.offload.enable': internal(
    boolean('medium', true, "Compute the group's assignment on a background thread."),
  ),
  'consumer.heartbeat.interval.ms': int(
    'medium',
    5000,
    'How often members send heartbeats.',
    atLeast(1),
  ),
  'consumer.session.timeout.ms': int(
    'medium',
    45_000,
    'Time without a heartbeat after which a member is removed from the group.',
    atLeast(1),
  ),
  'errors.deadletterqueue.copy.record.enable': boolean(
    'medium',
    false,
    'Copy key and value of undeliverable records to the dead-letter topic.',
  ),
  'errors.deadletterqueue.topic.name': string(
    'medium',
    '',
    'Topic for undeliverable records of the share group; empty for none.',
  ),
  'share.assignment.interval.ms': int(
    'medium',
    1000,
    'Minimum time between two assignments of the share group.',
    atLeast(0),
  ),
  'share.assignor.offload.enable': internal(
    boolean('medium', true, "Compute the share group's assignment on a background thread."),
  ),
  'share.auto.offset.reset': string(
    'medium',
    'latest',
    'Start offset of the share group in a new partition.',
    shareAutoOffsetReset,
  ),
  'share.delivery.count.limit': int(
    'medium',
    5,
    'Maximum number of deliveries of a record.',
    atLeast(2),
  ),
  'share.heartbeat.interval.ms': int(
    'medium',
    5000,
    'How often members of the share group send heartbeats.',
    atLeast(1),
  ),
  'share.isolation.level': string(
    'medium',
    'read_uncommitted',
    'Whether records of open or aborted transactions are delivered.',
    oneOf('read_committed', 'read_uncommitted'),
  ),
  'share.partition.max.record.locks': int(
    'medium',
    2000,
    'Records of a partition that may be locked at once.',
    atLeast(100),
  ),
  'share.record.lock.duration.ms': int(
    'medium',
    30_000,
    'How long an acquired record stays locked.',
    atLeast(1000),
  ),
  'share.renew.acknowledge.enable': boolean(
    'medium',
    true,
    'Allow members to renew the lock of a record.',
  ),
  'share.session.timeout.ms': int(
    'medium',
    45_000,
    'Time without a heartbeat after which a member is removed from the share group.',
    atLeast(1),
  ),
  'streams.acceptable.recovery.lag': internal(
    long(
      'medium',
      10_000,
      'Maximum lag in offsets of a client that gets an active task.',
      atLeast(0),
    ),
  ),
  'streams.assignment.interval.ms': int(
    'medium',
    1000,
    'Minimum time between two assignments of the streams group.',
    atLeast(0),
  ),
  'streams.assignor.name': string(
    'medium',
    null,
    "Assignor of the streams group; the broker's first when unset.",
  ),
  'streams.assignor.offload.enable': internal(
    boolean('medium', true, "Compute the streams group's assignment on a background thread."),
  ),
  'streams.heartbeat.interval.ms': int(
    'medium',
    5000,
    'How often members of the streams group send heartbeats.',
    atLeast(1),
  ),
  'streams.initial.rebalance.delay.ms': int(
    'medium',
    3000,
    'How long the first rebalance waits for more members.',
    atLeast(0),
  ),
  'streams.num.standby.replicas': int(
    'medium',
    0,
    'Standby replicas of each stateful task.',
    atLeast(0),
  ),
  'streams.num.warmup.replicas': internal(
    int('medium', 2, 'Tasks that may warm up on other clients at once.', atLeast(0)),
  ),
  'streams.rack.aware.assignment.tags': list(
    'low',
    '',
    'Client tags over which standby replicas are spread.',
    distinct,
  ),
  'streams.session.timeout.ms': int(
    'medium',
    45_000,
    'Time without a heartbeat after which a member is removed from the streams group.',
    atLeast(1),
  ),
  'streams.task.offset.interval.ms': internal(
    int('medium', 60_000, 'How often clients report the offsets of warm-up tasks.', atLeast(1)),
  ),
}
