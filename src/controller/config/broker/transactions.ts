import { boolean, clusterWide, int, internal, short } from '../config-def.ts'
import { atLeast } from '../validators.ts'

/** Transactions and idempotent producers. */
export const transactionsConfigs = {
  'add.partitions.to.txn.retry.backoff.max.ms': int(
    'high',
    100,
    'Maximum total wait for retries of adding partitions to a transaction.',
    atLeast(0),
  ),
  'add.partitions.to.txn.retry.backoff.ms': int(
    'high',
    20,
    'Delay between server-side retries of adding partitions to a transaction.',
    atLeast(1),
  ),
  'producer.id.expiration.check.interval.ms': internal(
    int('low', 600_000, 'How often expired producer ids are searched.', atLeast(1)),
  ),
  'producer.id.expiration.ms': clusterWide(
    int('low', 86_400_000, 'Idle time after which a partition drops a producer id.', atLeast(1)),
  ),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(
    'low',
    10_000,
    'How often timed out transactions are searched and aborted.',
    atLeast(1),
  ),
  'transaction.max.timeout.ms': int(
    'high',
    900_000,
    'Maximum transaction timeout of a producer.',
    atLeast(1),
  ),
  'transaction.partition.verification.enable': clusterWide(
    boolean('low', true, 'Check that a partition belongs to the transaction before writing.'),
  ),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int(
    'low',
    3_600_000,
    'How often expired transactional ids are removed.',
    atLeast(1),
  ),
  'transaction.state.log.load.buffer.size': int(
    'high',
    5_242_880,
    'Bytes read at a time when the transaction log is loaded.',
    atLeast(1),
  ),
  'transaction.state.log.min.isr': int(
    'high',
    2,
    'In-sync replicas that a write to the transaction log needs.',
    atLeast(1),
  ),
  'transaction.state.log.num.partitions': int(
    'high',
    50,
    'Partitions of the transaction log.',
    atLeast(1),
  ),
  'transaction.state.log.replication.factor': short(
    'high',
    3,
    'Replicas of the transaction log.',
    atLeast(1),
  ),
  'transaction.state.log.segment.bytes': int(
    'high',
    104_857_600,
    'Segment size of the transaction log.',
    atLeast(1),
  ),
  'transaction.two.phase.commit.enable': boolean(
    'low',
    false,
    'Allow transactions that an external coordinator prepares.',
  ),
  'transactional.id.expiration.ms': int(
    'high',
    604_800_000,
    'Idle time after which a transactional id is removed.',
    atLeast(1),
  ),
}
