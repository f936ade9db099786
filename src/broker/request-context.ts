import type { RequestConnection } from '../network/request-connection.ts'
import type { BrokerServices } from './broker-services.ts'

/** The data of a request in addition to its body. */
export interface RequestContext {
  /** The services of the broker that received the request. */
  readonly services: BrokerServices
  readonly connection: RequestConnection
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}
