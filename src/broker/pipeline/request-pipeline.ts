import type { FrameAnswer, FrameHandler } from '../../network/frame-handler.ts'
import { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import type { Api } from '../../protocol/schema/index.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { Reply } from '../handlers/handler.ts'
import { RequestDecoder } from './decode.ts'
import { encodeResponse } from './encode.ts'
import { selecting, type Interceptor } from './interceptor.ts'
import { PipelineRequest } from './pipeline-request.ts'
import type { ServedApi } from './served-api.ts'
import { connect, type Next, type Step } from './step.ts'

export interface PipelineOptions {
  readonly services: BrokerServices
  readonly apis: readonly ServedApi[]
  /** The steps between interceptors and handlers, in order. Steps that a broker does not need are left out. */
  readonly steps: readonly Step[]
}

/**
 * The way of a request through one broker (Kafka's `KafkaApis`): decode, intercept, the broker's own steps, handle,
 * encode. It is synchronous unless a step or the handler returns a promise.
 *
 * The pipeline owns the frame from the moment it gets it. It gives the frame back to the connection last, so any step may
 * be asynchronous. A connection hands over one request at a time; later ones wait until its reply is there.
 */
export class RequestPipeline {
  readonly #decoder: RequestDecoder
  readonly #steps: readonly Step[]
  #interceptors: readonly Interceptor[] = []
  #first: Next

  constructor({ services, apis, steps }: PipelineOptions) {
    this.#decoder = new RequestDecoder(services, apis)
    this.#steps = steps
    this.#first = connect(steps, handle)
  }

  readonly onFrame: FrameHandler = (frame, connection) => {
    const request = this.#decoder.decode(frame, connection)
    if (!(request instanceof PipelineRequest)) return request
    const reply = this.#first(request)
    return reply instanceof Promise
      ? reply.then((settled) => finish(request, settled))
      : finish(request, reply)
  }

  /** Adds an interceptor after the ones that are there, for requests from now on. Returns a function that removes it. */
  intercept<A extends Api>(interceptor: Interceptor<A>): () => void {
    this.#assemble([...this.#interceptors, interceptor])
    return () => this.#assemble(this.#interceptors.filter((each) => each !== interceptor))
  }

  #assemble(interceptors: readonly Interceptor[]): void {
    this.#interceptors = interceptors
    this.#first = connect([...interceptors.map(selecting), ...this.#steps], handle)
  }
}

const handle: Next = (request) => request.served.handler(request.body, request)

function finish(request: PipelineRequest, reply: Reply): FrameAnswer {
  const { served, apiVersion, correlationId, throttleTimeMs } = request
  const answer =
    reply === NO_ANSWER || reply === CLOSE_CONNECTION
      ? reply
      : encodeResponse(served.api, apiVersion, correlationId, reply, throttleTimeMs)
  if (served.reusesFrame) request.connection.recycle(request.frame)
  return answer
}
