import type { FrameAnswer, FrameHandler } from '../../network/frame-handler.ts'
import { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { Reply } from '../handlers/handler.ts'
import { RequestDecoder } from './decode.ts'
import { encodeResponse } from './encode.ts'
import type { Interceptors } from './interceptors.ts'
import { PeerRequests } from './peer-requests.ts'
import { PipelineRequest } from './pipeline-request.ts'
import type { ServedApi } from './served-api.ts'
import { connect, type Next, type Step } from './step.ts'

/** The steps between the interceptors and the handlers, in their order. */
const order = ['authenticate', 'authorize', 'throttle', 'protectTopics'] as const

/** The steps that a broker needs. The others are absent and cost nothing. */
export type BrokerSteps = { readonly [Name in (typeof order)[number]]?: Step | undefined }

export interface PipelineOptions {
  readonly services: BrokerServices
  readonly apis: readonly ServedApi[]
  readonly steps: BrokerSteps
  readonly interceptors: Interceptors
}

/**
 * The path of a request through one broker (Kafka's `KafkaApis`): decode, intercept, authenticate,
 * authorize, throttle, handle, encode. It is synchronous unless a step or the handler returns a
 * promise.
 *
 * The pipeline owns the frame of a request. It gives the frame back to the connection last, so that
 * any step may be asynchronous. A connection passes on one request at a time, so that responses are
 * in the order of the requests.
 */
export class RequestPipeline {
  /** The requests of other brokers. */
  readonly peers: PeerRequests
  readonly #decoder: RequestDecoder
  readonly #stopListening: () => void
  #first: Next
  #isClosed = false

  constructor({ services, apis, steps, interceptors }: PipelineOptions) {
    this.#decoder = new RequestDecoder(services, apis)
    this.peers = new PeerRequests(services, apis, (request) => this.#first(request))
    const ownSteps = order.map((name) => steps[name]).filter((step) => step !== undefined)
    const assemble = () => connect([...interceptors.steps(), ...ownSteps], this.#handle)
    this.#first = assemble()
    this.#stopListening = interceptors.onChange(() => (this.#first = assemble()))
  }

  readonly onFrame: FrameHandler = (frame, connection) => {
    const request = this.#decoder.decode(frame, connection)
    if (!(request instanceof PipelineRequest)) return request
    const reply = this.#first(request)
    return reply instanceof Promise
      ? reply.then((settled) => finish(request, settled))
      : finish(request, reply)
  }

  /**
   * Called when the broker closes. Requests that a step still holds back have no effect any more.
   */
  close(): void {
    this.#isClosed = true
    this.#stopListening()
    this.peers.close()
  }

  readonly #handle: Next = (request) =>
    this.#isClosed ? CLOSE_CONNECTION : request.served.handler(request.body, request)
}

function finish(request: PipelineRequest, reply: Reply): FrameAnswer {
  const { served, apiVersion, correlationId, throttleTimeMs } = request
  const answer =
    reply === NO_ANSWER || reply === CLOSE_CONNECTION
      ? reply
      : request.expectsResponse
        ? encodeResponse(served.api, apiVersion, correlationId, reply, throttleTimeMs)
        : NO_ANSWER
  if (served.reusesFrame) request.connection.recycle(request.frame)
  return answer
}
