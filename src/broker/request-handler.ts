import type { Connection } from '../network/connection.ts'
import {
  CLOSE_CONNECTION,
  NO_ANSWER,
  type FrameAnswer,
  type FrameHandler,
} from '../network/frame-handler.ts'
import { decodeRequestHeader, type DecodedRequestHeader } from '../protocol/frame.ts'
import { Produce } from '../protocol/messages/00-produce.ts'
import { Fetch } from '../protocol/messages/01-fetch.ts'
import { ApiVersions } from '../protocol/messages/18-api-versions.ts'
import { DecodeError, type Api } from '../protocol/schema/index.ts'
import type { Broker } from './broker.ts'
import { unsupportedApiVersions } from './handlers/18-api-versions.ts'
import type { Handler, Reply } from './handlers/handler.ts'
import { handlers } from './handlers/index.ts'
import { servedApis } from './handlers/served-apis.ts'
import { encodeResponse } from './pipeline/encode.ts'
import { reportRefusedRequest, reportUnreadableRequest } from './refused-request.ts'
import type { RequestContext } from './request-context.ts'

interface Service {
  readonly api: Api
  readonly handler: Handler<Api>
}

/** By API key. */
const services = new Map<number, Service>(
  servedApis.map((api) => [
    api.key,
    { api, handler: (handlers as Record<number, unknown>)[api.key] as Handler<Api> },
  ]),
)

const apiOf = (key: number): Api | undefined => services.get(key)?.api

/**
 * Turns request frames into response frames (Kafka's `KafkaApis`). A request that cannot be read, of a key that is not
 * served or of a version that does not exist closes its connection without an answer, as Kafka does.
 */
export function requestHandler(broker: Broker): FrameHandler {
  return (frame, connection) => {
    try {
      return handle(frame, connection, broker)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      reportUnreadableRequest(frame, error.message, apiOf, connection, broker.services.logger)
      return CLOSE_CONNECTION
    }
  }
}

function handle(
  frame: Uint8Array,
  connection: Connection,
  broker: Broker,
): FrameAnswer | Promise<FrameAnswer> {
  const header = decodeRequestHeader(frame, apiOf)
  const { apiKey, apiVersion, correlationId, clientId, bodyStart } = header
  const service = services.get(apiKey)
  if (service === undefined || !service.api.isCurrent(apiVersion)) {
    return refuse(header, service?.api, connection, broker)
  }
  const request = service.api.request.decode(apiVersion, frame, bodyStart)
  const context: RequestContext = {
    services: broker.services,
    connection,
    apiKey,
    apiVersion,
    correlationId,
    clientId,
  }
  const reply = service.handler(request, context)
  // The log has copied the records to its file; nobody holds what a producer sent.
  if (apiKey === Produce.key) connection.recycle(frame)
  return reply instanceof Promise
    ? reply.then((settled) => answer(service.api, header, settled, broker))
    : answer(service.api, header, reply, broker)
}

/** Lets an answer go when what it may speak of is durable. What a Fetch shows is bounded by the high watermark, which waits itself. */
function answer(
  api: Api,
  header: DecodedRequestHeader,
  reply: Reply<Api>,
  { stateCommits }: Broker,
): FrameAnswer | Promise<FrameAnswer> {
  const frame = encode(api, header, reply)
  if (api.key === Fetch.key || frame === NO_ANSWER) return frame
  const pending = stateCommits.pending()
  return pending === undefined
    ? frame
    : pending.then((isDurable) => (isDurable ? frame : CLOSE_CONNECTION))
}

function refuse(
  header: DecodedRequestHeader,
  api: Api | undefined,
  connection: Connection,
  broker: Broker,
): FrameAnswer {
  const { apiKey, correlationId } = header
  if (apiKey === ApiVersions.key) {
    return encodeResponse(ApiVersions, 0, correlationId, unsupportedApiVersions())
  }
  reportRefusedRequest(header, api, connection, broker.services.logger)
  return CLOSE_CONNECTION
}

function encode(api: Api, header: DecodedRequestHeader, reply: Reply<Api>): FrameAnswer {
  if (reply === NO_ANSWER || reply === CLOSE_CONNECTION) return reply
  return encodeResponse(api, header.apiVersion, header.correlationId, reply)
}
