import { Duplex } from 'node:stream'
import { FrameDecoder } from '../../../src/network/frame-decoder.ts'
import type { NetworkSocket } from '../../../src/platform/network.ts'
import { decodeRequestHeader, encodeResponseFrame } from '../../../src/protocol/frame.ts'
import { allApis } from '../../support/all-apis.ts'
import { Reader } from '../../../src/protocol/schema/index.ts'
import type { Api, RequestOf, ResponseInput } from '../../../src/protocol/schema/index.ts'

const apis = new Map<number, Api>(allApis.map((api) => [api.key, api as unknown as Api]))

/** A request on its way to a broker. */
export interface InterceptedRequest {
  readonly api: Api
  readonly version: number
  readonly address: string
  readonly body: unknown
}

/** The fate of a request; `undefined` passes it on. */
export type Verdict =
  | { readonly answer: unknown; readonly inVersion?: number }
  /** The broker gets it, but the connection breaks instead of its answer. */
  | 'loseResponse'
  /** The connection breaks, and the broker does not get it. */
  | 'cut'
  /** Nothing happens. */
  | 'hang'
  | undefined

type Connect = (host: string, port: number) => NetworkSocket

/**
 * A network whose requests a test can answer, lose or delay. Without a target there is no broker.
 */
export class InterceptedNetwork {
  readonly requests: InterceptedRequest[] = []
  readonly sockets = new Set<InterceptedSocket>()
  readonly #target: Connect | undefined
  verdict: (request: InterceptedRequest) => Verdict = () => undefined

  constructor(target?: Connect) {
    this.#target = target
  }

  connect(host: string, port: number): NetworkSocket {
    const socket = new InterceptedSocket(this, `${host}:${port}`, this.#target?.(host, port))
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    return socket
  }

  /** The bodies of the requests of an API so far. */
  requestsOf<A extends Api>(api: A): RequestOf<A>[] {
    const found = this.requests.filter((request) => request.api.key === api.key)
    return found.map(({ body }) => body as RequestOf<A>)
  }
}

/** Answers a request of one API; others are passed on. */
export function answering<A extends Api>(
  api: A,
  answer: (body: RequestOf<A>, version: number) => ResponseInput<A> | undefined,
): (request: InterceptedRequest) => Verdict {
  return ({ api: { key }, body, version }) => {
    const found = key === api.key ? answer(body as RequestOf<A>, version) : undefined
    return found === undefined ? undefined : { answer: found }
  }
}

class InterceptedSocket extends Duplex {
  readonly #network: InterceptedNetwork
  readonly #address: string
  readonly #target: NetworkSocket | undefined
  readonly #toBroker = new FrameDecoder(2 ** 30, (frame) => this.#onRequest(frame))
  readonly #toClient = new FrameDecoder(2 ** 30, (frame) => this.#onResponse(frame))
  readonly #slots: Slot[] = []

  constructor(network: InterceptedNetwork, address: string, target: NetworkSocket | undefined) {
    super()
    this.#network = network
    this.#address = address
    this.#target = target
    target?.on('data', (chunk: Buffer) => this.#toClient.push(chunk))
    target?.on('error', (error) => this.destroy(error))
    target?.on('close', () => this.destroy())
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#toBroker.push(Buffer.from(chunk))
    done()
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#target?.destroy()
    done(error)
  }

  override _final(done: () => void): void {
    this.#target?.end()
    done()
  }

  #onRequest(frame: Buffer): void {
    const header = decodeRequestHeader(frame, (key) => apis.get(key))
    const api = apis.get(header.apiKey)!
    const reader = new Reader(frame)
    reader.position = header.bodyStart
    const version = header.apiVersion
    const body: unknown = api.request.decodeFrom(version, reader)
    const request = { api, version, address: this.#address, body }
    this.#network.requests.push(request)
    const verdict = this.#network.verdict(request)
    if (verdict === 'cut') {
      this.destroy()
      return
    }
    const slot: Slot = {
      isForwarded: false,
      isLost: verdict === 'loseResponse',
      response: undefined,
    }
    this.#slots.push(slot)
    if (verdict === 'hang') return
    if (typeof verdict === 'object') {
      const response = verdict.answer as ResponseInput<Api>
      const inVersion = verdict.inVersion ?? version
      const chunks = encodeResponseFrame(api, inVersion, header.correlationId, response)
      slot.response = Buffer.concat(chunks as Uint8Array[])
      this.#release()
    } else {
      slot.isForwarded = true
      this.#target?.write(withSize(frame))
    }
  }

  #onResponse(frame: Buffer): void {
    const slot = this.#slots.find(({ isForwarded, response }) => isForwarded && !response)!
    slot.response = withSize(frame)
    this.#release()
  }

  /** Answers leave in the order of their requests. */
  #release(): void {
    while (this.#slots[0]?.response !== undefined) {
      const { isLost, response } = this.#slots.shift()!
      if (isLost) {
        this.destroy()
        return
      }
      this.push(response)
    }
  }
}

interface Slot {
  isForwarded: boolean
  readonly isLost: boolean
  response: Buffer | undefined
}

function withSize(frame: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return Buffer.concat([size, frame])
}
