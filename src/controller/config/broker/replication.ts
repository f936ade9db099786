import { boolean, clusterWide, int, internal, long, string } from '../config-def.ts'
import { atLeast } from '../validators.ts'

/** Replicas and their leaders. */
export const replicationConfigs = {
  'alter.log.dirs.replication.quota.window.num': int(
    'low',
    11,
    'Samples kept for the quota on moves between log directories.',
    atLeast(1),
  ),
  'alter.log.dirs.replication.quota.window.size.seconds': int(
    'low',
    1,
    'Seconds per sample of the quota on moves between log directories.',
    atLeast(1),
  ),
  'auto.leader.rebalance.enable': boolean(
    'high',
    true,
    'Return leadership to preferred replicas periodically.',
  ),
  'default.replication.factor': int(
    'medium',
    1,
    'Replicas of a topic that is created without a replication factor.',
  ),
  'leader.imbalance.check.interval.seconds': long(
    'high',
    300,
    'How often preferred leadership is checked.',
    atLeast(1),
  ),
  'min.insync.replicas': clusterWide(
    int('high', 1, 'In-sync replicas that a write with acks=all needs.', atLeast(1)),
  ),
  'num.replica.alter.log.dirs.threads': int(
    'high',
    null,
    'Threads that move replicas between log directories.',
  ),
  'num.replica.fetchers': clusterWide(
    int('high', 1, 'Threads per source broker that replicate.', atLeast(1)),
  ),
  'replica.fetch.backoff.ms': int(
    'medium',
    1000,
    'Delay of a follower after a failed fetch.',
    atLeast(0),
  ),
  'replica.fetch.max.bytes': int(
    'medium',
    1_048_576,
    'Bytes per partition that a follower requests.',
    atLeast(0),
  ),
  'replica.fetch.min.bytes': int('high', 1, 'Bytes a follower waits for, up to its wait time.'),
  'replica.fetch.response.max.bytes': int(
    'medium',
    10_485_760,
    'Bytes that a follower requests in one fetch.',
    atLeast(0),
  ),
  'replica.fetch.wait.max.ms': int('high', 500, "How long a follower's fetch waits for bytes."),
  'replica.high.watermark.checkpoint.interval.ms': long(
    'high',
    5000,
    'How often high watermarks are written to disk.',
  ),
  'replica.lag.time.max.ms': long(
    'high',
    30_000,
    'Lag after which a follower leaves the in-sync replicas.',
  ),
  'replica.selector.class': string(
    'medium',
    null,
    'Class that picks the replica a consumer reads from.',
  ),
  'replica.socket.receive.buffer.bytes': int(
    'high',
    65_536,
    'Receive buffer of replication sockets.',
  ),
  'replica.socket.timeout.ms': int('high', 30_000, 'How long a follower waits for a response.'),
  'replication.quota.window.num': int(
    'low',
    11,
    'Samples kept for replication quotas.',
    atLeast(1),
  ),
  'replication.quota.window.size.seconds': int(
    'low',
    1,
    'Seconds per sample of replication quotas.',
    atLeast(1),
  ),
  'unclean.leader.election.enable': clusterWide(
    boolean(
      'high',
      false,
      'Allow a replica that may have lost records to become leader if no other can.',
    ),
  ),
  'unclean.leader.election.interval.ms': internal(
    long('medium', 300_000, 'How often unclean elections are considered.', atLeast(1)),
  ),
}
