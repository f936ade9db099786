import {
  INT_MAX,
  boolean,
  clusterWide,
  int,
  internal,
  javaClass,
  list,
  long,
} from '../config-def.ts'
import { atLeast, distinct, nonEmptyDistinct } from '../validators.ts'

/** Streams groups (KIP-1071). */
export const streamsGroupsConfigs = {
  'group.streams.acceptable.recovery.lag': internal(
    long(
      'medium',
      10_000,
      'Maximum lag in offsets of a client that gets an active task.',
      atLeast(0),
    ),
  ),
  'group.streams.assignment.interval.ms': clusterWide(
    int('medium', 1000, 'Minimum time between two assignments of a streams group.', atLeast(0)),
  ),
  'group.streams.assignor.offload.enable': internal(
    clusterWide(
      boolean('medium', true, 'Compute assignments of streams groups on a background thread.'),
    ),
  ),
  'group.streams.assignors': list(
    'medium',
    'sticky',
    'Assignors for streams groups; the first is the default.',
    nonEmptyDistinct,
  ),
  'group.streams.heartbeat.interval.ms': int(
    'medium',
    5000,
    'How often members of a streams group send heartbeats.',
    atLeast(1),
  ),
  'group.streams.initial.rebalance.delay.ms': int(
    'medium',
    3000,
    'How long the first rebalance of a streams group waits for more members.',
    atLeast(0),
  ),
  'group.streams.max.assignment.interval.ms': int(
    'medium',
    15_000,
    "Upper bound of a group's own `streams.assignment.interval.ms`.",
    atLeast(0),
  ),
  'group.streams.max.heartbeat.interval.ms': int(
    'medium',
    15_000,
    "Upper bound of a streams group's heartbeat interval.",
    atLeast(1),
  ),
  'group.streams.max.session.timeout.ms': int(
    'medium',
    60_000,
    "Upper bound of a streams group's session timeout.",
    atLeast(1),
  ),
  'group.streams.max.size': int(
    'medium',
    INT_MAX,
    'Maximum number of members of a streams group.',
    atLeast(1),
  ),
  'group.streams.max.standby.replicas': int(
    'medium',
    2,
    "Upper bound of a streams group's standby replicas.",
    atLeast(0),
  ),
  'group.streams.max.warmup.replicas': internal(
    int('medium', 20, "Upper bound of a streams group's warm-up replicas.", atLeast(0)),
  ),
  'group.streams.min.assignment.interval.ms': int(
    'medium',
    0,
    "Lower bound of a group's own `streams.assignment.interval.ms`.",
    atLeast(0),
  ),
  'group.streams.min.heartbeat.interval.ms': int(
    'medium',
    5000,
    "Lower bound of a streams group's heartbeat interval.",
    atLeast(1),
  ),
  'group.streams.min.session.timeout.ms': int(
    'medium',
    45_000,
    "Lower bound of a streams group's session timeout.",
    atLeast(1),
  ),
  'group.streams.min.task.offset.interval.ms': internal(
    int('medium', 15_000, "Lower bound of a streams group's task offset interval.", atLeast(1)),
  ),
  'group.streams.num.standby.replicas': int(
    'medium',
    0,
    'Standby replicas of each stateful task.',
    atLeast(0),
  ),
  'group.streams.num.warmup.replicas': internal(
    int('medium', 2, 'Tasks that may warm up on other clients at once.', atLeast(0)),
  ),
  'group.streams.rack.aware.assignment.tags': list(
    'low',
    '',
    'Client tags over which standby replicas are spread.',
    distinct,
  ),
  'group.streams.session.timeout.ms': int(
    'medium',
    45_000,
    'Time without a heartbeat after which a member is removed from its streams group.',
    atLeast(1),
  ),
  'group.streams.task.offset.interval.ms': internal(
    int('medium', 60_000, 'How often clients report the offsets of warm-up tasks.', atLeast(1)),
  ),
  'group.streams.topology.description.plugin.class': javaClass(
    'medium',
    null,
    'Class that receives descriptions of topologies; unset for none.',
  ),
}
