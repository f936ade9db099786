import type { BrokerConfig } from '../../controller/broker-config.ts'

/** The broker configs for transactions, all read-only in Kafka. Times in milliseconds. */
export interface TransactionConfig {
  /** `transaction.max.timeout.ms`, default 15 minutes. */
  readonly maxTimeoutMs: number
  /**
   * `transaction.abort.timed.out.transaction.cleanup.interval.ms`, default 10 seconds; 1 in profile
   * `test`.
   */
  readonly timeoutCheckIntervalMs: number
  /** `transactional.id.expiration.ms`, default 7 days. */
  readonly idExpirationMs: number
  /**
   * `transaction.remove.expired.transaction.cleanup.interval.ms`, default 1 hour; 1 in profile
   * `test`.
   */
  readonly idExpirationCheckIntervalMs: number
  /** `transaction.two.phase.commit.enable`, default false. */
  readonly isTwoPhaseCommitEnabled: boolean
  /** `request.timeout.ms`, default 30 seconds. */
  readonly commitTimeoutMs: number
}

/** Returns the coordinator's configs from the broker's. */
export function readTransactionConfig(
  config: Pick<BrokerConfig, 'number' | 'boolean'>,
): TransactionConfig {
  return {
    maxTimeoutMs: config.number('transaction.max.timeout.ms'),
    timeoutCheckIntervalMs: config.number(
      'transaction.abort.timed.out.transaction.cleanup.interval.ms',
    ),
    idExpirationMs: config.number('transactional.id.expiration.ms'),
    idExpirationCheckIntervalMs: config.number(
      'transaction.remove.expired.transaction.cleanup.interval.ms',
    ),
    isTwoPhaseCommitEnabled: config.boolean('transaction.two.phase.commit.enable'),
    commitTimeoutMs: config.number('request.timeout.ms'),
  }
}
