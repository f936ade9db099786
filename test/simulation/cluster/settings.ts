import { Dice } from '../dice.ts'
import type { ClassicAssignor } from './client/classic-assignment.ts'
import type { DiskSettings } from './machine/disks.ts'
import type { PeerSettings } from './machine/inter-broker.ts'
import type { NetworkSettings } from './machine/virtual-network.ts'

/** The settings of a history, which do not change while it runs. */
export interface ClusterSettings {
  readonly seed: number
  readonly brokers: number
  /**
   * The number of replicas of each partition. With several, two must be in sync, and a record is
   * only expected to remain if it was produced with `acks=all`.
   */
  readonly replicas: number
  readonly durability: 'pageCache' | 'fsync'
  readonly profile: 'test' | 'faithful'
  readonly network: NetworkSettings
  /** Undefined: messages between brokers are calls. */
  readonly peers: PeerSettings | undefined
  readonly disks: DiskSettings
  /** Broker configs by Kafka's names. */
  readonly config: Readonly<Record<string, string | number | boolean>>
  /** Whether some records are too large for a small segment. */
  readonly hasLargeRecords: boolean
  /** Configs of every topic that clients create. */
  readonly topicConfigs: Readonly<Record<string, string>>
  /**
   * The segment size of `__consumer_offsets`. Small segments are compacted during a history, but
   * the records that make a consumer group a classic one fit: Kafka refuses a JoinGroup with
   * UNKNOWN_SERVER_ERROR if its records are larger than a segment. Undefined: Kafka's default.
   */
  readonly offsetsSegmentBytes: number | undefined
  /** Whether power failures may lose acknowledged records, because nothing is synced. */
  readonly losesAcknowledged: boolean
  /** The name of the topics that are compacted. Undefined: none is. */
  readonly compactedTopic: string | undefined
  /** The segment size of `__transaction_state`, like that of `__consumer_offsets`. */
  readonly transactionsSegmentBytes: number | undefined
  /**
   * Whether all transactional producers are from before KIP-890. Only then `transaction.version`
   * may become 0: with it, Kafka cannot end the transactions of later producers.
   */
  readonly hasOldProducersOnly: boolean
  /** The assignor of the classic members of the group that changes its protocol. */
  readonly migratingAssignor: ClassicAssignor
  /** The number of standbys that a stateful task of a streams group shall have. */
  readonly standbyReplicas: number
  /** Whether clients delete topics, and create new ones with the same names. */
  readonly deletesTopics: boolean
  readonly sharing: SharingSettings
}

/** How share groups deliver records. */
export interface SharingSettings {
  /** Whether members get only the records of committed transactions. */
  readonly isReadCommitted: boolean
  /** Whether members may renew their locks (KIP-1222). */
  readonly canRenew: boolean
}

/** The session timeout and the rebalance timeout of all members, in milliseconds. */
export const SESSION_TIMEOUT_MS = 3000
export const REBALANCE_TIMEOUT_MS = 4000

/** The acquisition lock of share groups, in milliseconds, and the limit of deliveries. */
export const LOCK_MS = 1500
export const DELIVERY_LIMIT = 4

/** The time after which a missing response is a fault, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 8000

/**
 * The longest that a broker tries to reach the share coordinators, in milliseconds: Kafka's
 * `PersisterStateManager` sends a request five times, also if the topic was deleted meanwhile, and
 * looks for its coordinator until that has failed five times. The pauses of both are 2, 4, 8 and
 * 16 s, or a fifth longer.
 */
export const SHARE_STATE_MS = 2 * (2000 + 4000 + 8000 + 16_000) * 1.2

const migrationPolicies = { bidirectional: 5, upgrade: 1, downgrade: 1, disabled: 1 }

/** Returns the settings of a seed. */
export function chooseSettings(seed: number, dice: Dice): ClusterSettings {
  const durability = dice.chance(0.45) ? 'fsync' : 'pageCache'
  const segmentBytes = dice.pick([undefined, 500, 2000])
  const standbyReplicas = dice.pick([0, 1, 2])
  const replicaDice = new Dice(seed ^ 0x2c9277b5)
  const replicas = replicaDice.pick([1, 1, 3])
  const minInsync = replicas === 1 ? 1 : 2
  return {
    seed,
    brokers: Math.max(dice.pick([1, 1, 2, 3]), replicas),
    replicas,
    durability,
    profile: dice.chance(0.8) ? 'test' : 'faithful',
    network: {
      latencyMs: dice.pick([0.1, 1, 5]),
      jitter: dice.pick([0, 0.1, 0.3]),
      fragmentation: dice.pick([0, 0.05, 0.5]),
      sendBufferBytes: dice.pick([500, 16_384, 1_000_000]),
    },
    peers: dice.pick([
      undefined,
      { latencyMs: 0.5, slowness: 0.05, loss: 0 },
      { latencyMs: 2, slowness: 0.1, loss: 0.1 },
    ]),
    disks: {
      syncMs: dice.pick([0.2, 3, 20]),
      slowness: dice.pick([0, 0.05, 0.2]),
      fileSyncKeepsNames: dice.chance(0.7),
    },
    config: {
      'group.initial.rebalance.delay.ms': dice.pick([0, 0, 300]),
      'group.min.session.timeout.ms': 1000,
      'group.consumer.min.session.timeout.ms': 1000,
      'group.consumer.session.timeout.ms': SESSION_TIMEOUT_MS,
      'group.consumer.min.heartbeat.interval.ms': 100,
      'group.consumer.heartbeat.interval.ms': 700,
      'group.streams.min.session.timeout.ms': 1000,
      'group.streams.session.timeout.ms': SESSION_TIMEOUT_MS,
      'group.streams.min.heartbeat.interval.ms': 100,
      'group.streams.heartbeat.interval.ms': 700,
      'group.streams.initial.rebalance.delay.ms': dice.pick([0, 0, 300]),
      'group.streams.num.standby.replicas': standbyReplicas,
      'group.consumer.migration.policy': dice.weighted(migrationPolicies),
      'group.share.min.session.timeout.ms': 1000,
      'group.share.session.timeout.ms': SESSION_TIMEOUT_MS,
      'group.share.min.heartbeat.interval.ms': 100,
      'group.share.heartbeat.interval.ms': 700,
      'group.share.min.record.lock.duration.ms': 1000,
      'group.share.record.lock.duration.ms': LOCK_MS,
      'group.share.delivery.count.limit': DELIVERY_LIMIT,
      'group.share.initialize.retry.interval.ms': 2000,
      // Otherwise it is the retry interval.
      'offsets.commit.timeout.ms': 2000,
      'share.coordinator.state.topic.num.partitions': 2,
      'share.coordinator.state.topic.replication.factor': replicas,
      'share.coordinator.state.topic.min.isr': minInsync,
      'share.coordinator.snapshot.update.records.per.snapshot': dice.pick([500, 0, 3]),
      'share.coordinator.cold.partition.snapshot.interval.ms': dice.pick([300_000, 1500]),
      'share.coordinator.state.topic.prune.interval.ms': dice.pick([300_000, 1000]),
      'offsets.topic.num.partitions': dice.pick([1, 2, 3]),
      'offsets.topic.replication.factor': replicas,
      'transaction.state.log.num.partitions': dice.pick([1, 2, 3]),
      'transaction.state.log.replication.factor': replicas,
      'transaction.state.log.min.isr': minInsync,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': dice.pick([1, 500, 2000]),
      'log.cleaner.backoff.ms': dice.pick([200, 15_000]),
      'log.cleaner.dedupe.buffer.size': 1_100_000,
      'log.initial.task.delay.ms': dice.pick([500, 30_000]),
      'log.flush.scheduler.interval.ms': dice.pick([1000, 9_223_372_036_854_775_000]),
      'log.flush.offset.checkpoint.interval.ms': dice.pick([1000, 60_000]),
      'auto.create.topics.enable': false,
      'min.insync.replicas': minInsync,
      'replica.lag.time.max.ms': replicaDice.pick([500, 5000]),
      'replica.fetch.wait.max.ms': replicaDice.pick([50, 500]),
      'replica.fetch.backoff.ms': 100,
    },
    hasLargeRecords: segmentBytes === undefined,
    topicConfigs: {
      ...(segmentBytes !== undefined && { 'internal.segment.bytes': String(segmentBytes) }),
      ...(dice.chance(0.2) && { 'flush.messages': '1' }),
    },
    offsetsSegmentBytes: dice.pick([undefined, 4000, 5000]),
    losesAcknowledged: durability === 'pageCache' && dice.chance(0.4) && replicas === 1,
    migratingAssignor: dice.pick(['range', 'cooperative-sticky']),
    standbyReplicas,
    deletesTopics: dice.chance(0.5),
    compactedTopic: segmentBytes !== undefined && dice.chance(0.5) ? 't2' : undefined,
    hasOldProducersOnly: dice.chance(0.25),
    transactionsSegmentBytes: dice.pick([undefined, 500, 2000]),
    sharing: { isReadCommitted: dice.chance(0.5), canRenew: dice.chance(0.8) },
  }
}
