import type { ISocketFactory } from 'kafkajs'
import type { Cluster, ClusterOptions } from '../../../src/index.ts'
import { startOdradek } from './odradek-broker.ts'
import { startOracle } from './oracle-broker.ts'

/** A broker with its data on disk, which clients reach over TCP. */
export interface Broker {
  readonly bootstrapServers: string
  /** The directory that contains `<topic>-<partition>`. */
  readonly dataDir: string
  /** Connects kafkajs without a socket, if the broker runs in this process. */
  readonly socketFactory?: ISocketFactory
  /** The running cluster, if it is Odradek's. */
  readonly cluster?: Cluster
  /** Stops the broker and starts it on the same port and data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a new broker: Odradek, or the real Kafka with `ODRADEK_ORACLE=1`, which uses only the
 * option `config`.
 */
export function startBroker(options: ClusterOptions = {}): Promise<Broker> {
  return process.env['ODRADEK_ORACLE'] === '1' ? startOracle(options.config) : startOdradek(options)
}
