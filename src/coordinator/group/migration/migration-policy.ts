import type { BrokerConfig } from '../../../controller/broker-config.ts'

/**
 * Whether groups change their kind while they have members (Kafka's
 * `ConsumerGroupMigrationPolicy`).
 */
export interface MigrationPolicy {
  /** Whether a classic group becomes a consumer group when a new consumer joins it. */
  readonly allowsUpgrade: boolean
  /** Whether a consumer group becomes a classic group when its last new consumer leaves it. */
  readonly allowsDowngrade: boolean
}

/** Returns the value of `group.consumer.migration.policy`, default bidirectional. */
export function migrationPolicy(config: Pick<BrokerConfig, 'string'>): MigrationPolicy {
  const name = config.string('group.consumer.migration.policy')?.toLowerCase()
  const isBidirectional = name === 'bidirectional'
  return {
    allowsUpgrade: isBidirectional || name === 'upgrade',
    allowsDowngrade: isBidirectional || name === 'downgrade',
  }
}
