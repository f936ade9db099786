import type { Configs } from '../../../src/index.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'

/** The broker under test: Odradek's or a real one. */
export interface Stage {
  /** Opens a new connection. */
  connect(): Promise<KafkaConnection>
  nowMs(): number
  /** Resolves when this much time has passed for the broker. */
  pass(ms: number): Promise<void>
  /** Ends the broker as `kill -9` does. */
  kill(): Promise<void>
  /** Stops the broker cleanly. */
  stop(): Promise<void>
  start(): Promise<void>
}

/** The configs and features of the broker of a suite. */
export interface Setting {
  readonly config?: Configs
  /** The level of the feature `transaction.version`. Default: 2. */
  readonly transactionVersion?: number
}

/** The configs of every broker under test. */
export const commonConfig: Configs = {
  'auto.create.topics.enable': false,
  'group.initial.rebalance.delay.ms': 0,
  'log.cleaner.backoff.ms': 100,
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 1,
  'transaction.state.log.replication.factor': 1,
  'unstable.api.versions.enable': true,
}
