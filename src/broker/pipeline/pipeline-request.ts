import type { RequestConnection } from '../../network/request-connection.ts'
import type { DecodedRequestHeader } from '../../protocol/frame.ts'
import type { Api, RequestOf } from '../../protocol/schema/index.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { RequestContext } from '../request-context.ts'
import type { ServedApi } from './served-api.ts'

/** A decoded request on its way through the pipeline. */
export class PipelineRequest<A extends Api = Api> implements RequestContext {
  readonly served: ServedApi
  readonly services: BrokerServices
  readonly connection: RequestConnection
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /**
   * The bytes of the request. The pipeline gives them back to the connection when the response is
   * encoded.
   */
  readonly frame: Uint8Array
  /** Whether the client waits for a response. Otherwise the response of a step is not sent. */
  readonly expectsResponse: boolean
  /** The decoded body, with slices of the frame. A step may change or replace it. */
  body: RequestOf<A>
  /** The throttle time of the response, in milliseconds. */
  throttleTimeMs = 0

  constructor(
    served: ServedApi,
    services: BrokerServices,
    connection: RequestConnection,
    header: DecodedRequestHeader,
    frame: Uint8Array,
    body: RequestOf<A>,
  ) {
    this.served = served
    this.services = services
    this.connection = connection
    this.apiKey = header.apiKey
    this.apiVersion = header.apiVersion
    this.correlationId = header.correlationId
    this.clientId = header.clientId
    this.frame = frame
    this.expectsResponse = served.expectsResponse(body)
    this.body = body
  }
}
