import type { BrokerConfig } from '../../controller/broker-config.ts'

/**
 * The broker configs for classic groups and committed offsets, all read-only in Kafka. Times in
 * milliseconds.
 */
export interface GroupConfig {
  /** `group.min.session.timeout.ms`, default 6 seconds. */
  readonly minSessionTimeoutMs: number
  /** `group.max.session.timeout.ms`, default 30 minutes. */
  readonly maxSessionTimeoutMs: number
  /** `group.initial.rebalance.delay.ms`, default 3 seconds; 0 in profile `test`. */
  readonly initialRebalanceDelayMs: number
  /** `group.max.size`, members. */
  readonly maxSize: number
  /** `offset.metadata.max.bytes`, which counts UTF-16 units; default 4096. */
  readonly offsetMetadataMaxSize: number
  /** `offsets.retention.minutes`, default 7 days. */
  readonly offsetsRetentionMs: number
  /** `offsets.retention.check.interval.ms`, default 10 minutes. */
  readonly offsetsRetentionCheckIntervalMs: number
  /** `offsets.commit.timeout.ms`, default 5 seconds. */
  readonly commitTimeoutMs: number
}

/** Returns the coordinator's configs from the broker's. */
export function readGroupConfig(config: Pick<BrokerConfig, 'number'>): GroupConfig {
  return {
    minSessionTimeoutMs: config.number('group.min.session.timeout.ms'),
    maxSessionTimeoutMs: config.number('group.max.session.timeout.ms'),
    initialRebalanceDelayMs: config.number('group.initial.rebalance.delay.ms'),
    maxSize: config.number('group.max.size'),
    offsetMetadataMaxSize: config.number('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.number('offsets.retention.minutes') * 60_000,
    offsetsRetentionCheckIntervalMs: config.number('offsets.retention.check.interval.ms'),
    commitTimeoutMs: config.number('offsets.commit.timeout.ms'),
  }
}
