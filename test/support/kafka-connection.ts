import type { Duplex } from 'node:stream'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts'

interface Waiting {
  resolve: (frame: Uint8Array) => void
  reject: (error: Error) => void
}

/** A client connection for tests with typed requests. Each call is one request and its response. */
export class KafkaConnection {
  readonly #socket: Duplex
  readonly #clientId: string
  readonly #waiting: Waiting[] = []
  #received = Buffer.alloc(0)
  #correlationId = 0
  isClosed = false

  constructor(socket: Duplex, clientId = 'test') {
    this.#socket = socket
    this.#clientId = clientId
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#onClose())
  }

  /** Sends a request and resolves with its response; rejects when the connection closes instead. */
  async call<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<ResponseOf<A>> {
    const answer = this.nextFrame()
    this.send(api, version, request)
    return decodeResponseFrame(api, version, await answer).response
  }

  /** Sends a request that has no response, or whose response is read with {@link nextFrame}. */
  send<A extends Api>(api: A, version: number, request: RequestInput<A>): void {
    const correlationId = this.#correlationId++
    for (const chunk of encodeRequestFrame(api, version, correlationId, this.#clientId, request))
      this.#socket.write(chunk)
  }

  /** Sends bytes unchanged. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Resolves with the next response, without its size. */
  nextFrame(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) reject(new Error('the connection is closed'))
      else this.#waiting.push({ resolve, reject })
    })
  }

  /** Resolves when the broker has closed the connection. */
  closed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isClosed) resolve()
      else this.#socket.once('close', () => resolve())
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #onData(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0)
      if (this.#received.length < end) return
      const frame = this.#received.subarray(4, end)
      this.#received = this.#received.subarray(end)
      this.#waiting.shift()?.resolve(frame)
    }
  }

  #onClose(): void {
    this.isClosed = true
    for (const { reject } of this.#waiting.splice(0))
      reject(new Error('the broker closed the connection'))
  }
}
