import { startOdradek } from './odradek-broker.ts'
import { startOracle } from './oracle-broker.ts'

/** A broker with its data on disk, which clients reach by TCP. */
export interface Broker {
  readonly bootstrapServers: string
  /** The directory below which `<topic>-<partition>` lies. */
  readonly dataDir: string
  /** Stops and starts on the same port and the same data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A fresh broker: Odradek, or the real Kafka when `ODRADEK_ORACLE=1`. */
export function startBroker(): Promise<Broker> {
  return process.env['ODRADEK_ORACLE'] === '1' ? startOracle() : startOdradek()
}
