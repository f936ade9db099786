import type { ISocketFactory } from 'kafkajs'
import type { ClusterOptions } from '../../../src/index.ts'
import { startOdradek } from './odradek-broker.ts'
import { startOracle } from './oracle-broker.ts'

/** A broker with its data on disk, which clients reach by TCP. */
export interface Broker {
  readonly bootstrapServers: string
  /** The directory below which `<topic>-<partition>` lies. */
  readonly dataDir: string
  /** Connects kafkajs without a socket, where the broker lives in this process. */
  readonly socketFactory?: ISocketFactory
  /** Stops and starts on the same port and the same data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A fresh broker: Odradek, or the real Kafka when `ODRADEK_ORACLE=1`; the latter takes of the options only `config`. */
export function startBroker(options: ClusterOptions = {}): Promise<Broker> {
  return process.env['ODRADEK_ORACLE'] === '1' ? startOracle(options.config) : startOdradek(options)
}
