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
  /** Levels of features that are not the default. */
  readonly features?: Readonly<Record<string, number>>
}
