import type { Answer } from '../../controller/answer.ts'
import { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import type { RequestConnection } from '../../network/request-connection.ts'
import { invariant } from '../../platform/invariant.ts'
import type { Api, RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { Reply } from '../handlers/handler.ts'
import { PeerConnection } from './peer-connection.ts'
import { PipelineRequest } from './pipeline-request.ts'
import type { ServedApi } from './served-api.ts'
import type { StepResult } from './step.ts'

type Response = ResponseBody<Api> | undefined

/**
 * The requests that other brokers of this process send to a broker, or the broker to itself. They
 * take the same steps as the requests of clients, but have no frame.
 */
export class PeerRequests {
  readonly #services: BrokerServices
  readonly #served: ReadonlyMap<number, ServedApi>
  readonly #pass: (request: PipelineRequest) => StepResult
  /** Ends the requests that wait for their response. */
  readonly #waiting = new Set<(response: undefined) => void>()
  #isClosed = false

  constructor(
    services: BrokerServices,
    apis: readonly ServedApi[],
    pass: (request: PipelineRequest) => StepResult,
  ) {
    this.#services = services
    this.#served = new Map(apis.map((served) => [served.api.key, served]))
    this.#pass = pass
  }

  /** Returns the response; `undefined` if the broker closes before, or closes the connection. */
  handle<A extends Api>(
    api: A,
    apiVersion: number,
    body: RequestOf<A>,
    senderId: number,
    connection: RequestConnection = peerConnection,
  ): Answer<ResponseBody<A> | undefined> {
    if (this.#isClosed) return undefined
    const served = this.#served.get(api.key)
    invariant(served?.api.isCurrent(apiVersion) === true, 'brokers send only what they serve')
    const clientId = `broker-${senderId}`
    const header = { apiKey: api.key, apiVersion, correlationId: 0, clientId, bodyStart: 0 }
    const request = new PipelineRequest(served, this.#services, connection, header, noFrame, body)
    const reply = this.#pass(request)
    return reply instanceof Promise ? this.#wait(reply) : responseOf(reply)
  }

  /** Ends all requests without a response. */
  close(): void {
    this.#isClosed = true
    for (const end of this.#waiting) end(undefined)
    this.#waiting.clear()
  }

  #wait(reply: Promise<Reply>): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve)
      const forget = (): void => void this.#waiting.delete(resolve)
      reply.then(responseOf).finally(forget).then(resolve, reject)
    })
  }
}

function responseOf(reply: Reply): Response {
  return reply === NO_ANSWER || reply === CLOSE_CONNECTION ? undefined : reply
}

const noFrame = new Uint8Array(0)

/** The connection of all requests that need none of their own. */
const peerConnection = new PeerConnection()
