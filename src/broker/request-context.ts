import type { Connection } from '../network/connection.ts'
import type { Broker } from './broker.ts'

/** What a handler knows about a request beside its body. */
export interface RequestContext {
  /** The broker that was asked. */
  readonly broker: Broker
  readonly connection: Connection
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}
