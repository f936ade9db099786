import { FrameDecoder } from '../network/frame-decoder.ts'
import type { Clock } from '../platform/clock.ts'
import type { Network, NetworkSocket } from '../platform/network.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../protocol/frame.ts'
import { ApiVersions } from '../protocol/messages/index.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/schema/index.ts'
import type { BrokerAddress } from './broker-address.ts'
import { check, ClientError } from './client-error.ts'

const CLIENT_ID = 'odradek'
const CONNECT_TIMEOUT_MS = 10_000
const MAX_RESPONSE_BYTES = 2 ** 31 - 1

/** What a client needs of its surroundings. */
export interface Surroundings {
  readonly network: Network
  readonly clock: Clock
}

type AnyApi = Api

interface PendingRequest {
  resolve(frame: Buffer): void
  reject(error: Error): void
}

/** A connection to one broker, which knows the versions that the broker serves. Answers come in the order of the requests. */
export class BrokerConnection {
  readonly address: string
  readonly #socket: NetworkSocket
  readonly #pending: PendingRequest[] = []
  readonly #versions = new Map<number, { min: number; max: number }>()
  #correlationId = 0
  #failure: Error | undefined

  /** @throws ClientError `CONNECTION_FAILED` when no broker answers there */
  static async open(
    { host, port }: BrokerAddress,
    { network, clock }: Surroundings,
  ): Promise<BrokerConnection> {
    const socket = network.connect(host, port)
    const connection = new BrokerConnection(socket, `${host}:${port}`)
    const timer = clock.schedule(CONNECT_TIMEOUT_MS, () =>
      socket.destroy(new Error('connection timed out')),
    )
    try {
      await connection.#negotiate()
    } finally {
      timer.cancel()
    }
    return connection
  }

  private constructor(socket: NetworkSocket, address: string) {
    this.address = address
    this.#socket = socket
    const decoder = new FrameDecoder(MAX_RESPONSE_BYTES, (frame) =>
      this.#pending.shift()?.resolve(frame),
    )
    socket.on('data', (chunk: Buffer) => decoder.push(chunk))
    socket.on('error', (error) => this.#fail(`no connection to ${address}: ${error.message}`))
    socket.on('end', () => this.#fail(`${address} has closed the connection`))
    socket.on('close', () => this.#fail(`the connection to ${address} is closed`))
  }

  get isClosed(): boolean {
    return this.#failure !== undefined
  }

  /**
   * Sends a request in the highest version that both sides know.
   *
   * @param maxVersion the highest version that the caller fills in
   * @throws ClientError `CONNECTION_FAILED` when the connection breaks before the answer is there
   */
  async send<A extends AnyApi>(
    api: A,
    request: RequestInput<A>,
    maxVersion: number = api.current.max,
  ): Promise<ResponseOf<A>> {
    const version = this.#versionOf(api, maxVersion)
    const frame = await this.#exchange(
      encodeRequestFrame(api, version, this.#correlationId++, CLIENT_ID, request),
    )
    return decodeResponseFrame(api, version, frame).response
  }

  /** Sends a request that is not answered: Produce with `acks=0`. Resolves when the socket has taken it. */
  sendUnanswered<A extends AnyApi>(
    api: A,
    request: RequestInput<A>,
    maxVersion: number,
  ): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const version = this.#versionOf(api, maxVersion)
    const chunks = encodeRequestFrame(api, version, this.#correlationId++, CLIENT_ID, request)
    return new Promise((resolve, reject) => {
      this.#socket.write(Buffer.concat(chunks), (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Sends what was written and hangs up. */
  close(): void {
    this.#failure ??= new ClientError(
      'CONNECTION_FAILED',
      `the connection to ${this.address} is closed`,
    )
    this.#socket.end()
  }

  async #negotiate(): Promise<void> {
    const request = { clientSoftwareName: CLIENT_ID, clientSoftwareVersion: '0' }
    const version = 3
    const frame = await this.#exchange(
      encodeRequestFrame(ApiVersions, version, this.#correlationId++, CLIENT_ID, request),
    )
    const { response } = decodeResponseFrame(ApiVersions, version, frame)
    check(response.errorCode, `asking ${this.address} for its versions`)
    for (const { apiKey, minVersion, maxVersion } of response.apiKeys) {
      this.#versions.set(apiKey, { min: minVersion, max: maxVersion })
    }
  }

  #versionOf(api: AnyApi, maxVersion: number): number {
    const served = this.#versions.get(api.key)
    const version = Math.min(served?.max ?? -1, maxVersion, api.versions.max)
    if (served === undefined || version < Math.max(served.min, api.versions.min)) {
      throw new ClientError(
        'UNSUPPORTED_VERSION',
        `${this.address} does not serve ${api.name} in a version that is known here`,
      )
    }
    return version
  }

  #exchange(chunks: readonly Uint8Array[]): Promise<Buffer> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject })
      this.#socket.cork()
      for (const chunk of chunks) this.#socket.write(chunk)
      this.#socket.uncork()
    })
  }

  #fail(message: string): void {
    this.#failure ??= new ClientError('CONNECTION_FAILED', message)
    for (const { reject } of this.#pending.splice(0)) reject(this.#failure)
    this.#socket.destroy()
  }
}
