import { onceAborted } from '../../platform/abort-listeners.ts'
import { FrameDecoder } from '../../network/frame-decoder.ts'
import type { Timer } from '../../platform/clock.ts'
import type { NetworkSocket } from '../../platform/network.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../protocol/frame.ts'
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import { abortable, sleep } from '../cancellation.ts'
import { ClientError } from '../client-error.ts'
import type { ClientSettings } from '../client-options.ts'
import { negotiateVersions, type ServedVersions } from './api-versions.ts'
import { nameOfAddress, type BrokerAddress } from './broker-address.ts'
import type { FeatureLevels } from './finalized-features.ts'

const MAX_RESPONSE_BYTES = 2 ** 31 - 1
/**
 * Used before the other side is known to be a broker: an HTTP server's first bytes, read as a size,
 * are more than a gigabyte.
 */
const MAX_FIRST_RESPONSE_BYTES = 1024 * 1024

/** Options of one request. */
export interface SendOptions {
  /** The highest version that the caller supports. Default: the highest of Kafka 4.4. */
  readonly maxVersion?: number
  /** Default `requestTimeoutMs` of the client. */
  readonly timeoutMs?: number
  /** When it is aborted, the response is ignored. */
  readonly signal?: AbortSignal | undefined
}

interface PendingRequest {
  readonly correlationId: number
  readonly timer: Timer
  resolve(frame: Uint8Array): void
  reject(error: Error): void
}

/**
 * A connection to one broker, with the versions that the broker serves. Requests may be sent before
 * earlier ones are answered; responses arrive in the order of the requests.
 */
export class BrokerConnection {
  readonly address: string
  readonly #socket: NetworkSocket
  readonly #settings: ClientSettings
  readonly #pending: PendingRequest[] = []
  #decoder: FrameDecoder
  #versions: ServedVersions = new Map()
  #features: FeatureLevels = { epoch: -1, levels: new Map() }
  #correlationId = 0
  #throttledUntilMs = 0
  readonly #failed = new AbortController()
  #failure: ClientError | undefined

  /**
   * Connects, and requests the versions that the broker serves and the features of the cluster.
   *
   * @param closing aborts the attempt
   * @throws ClientError `CONNECTION_FAILED` if no broker responds
   */
  static async open(
    address: BrokerAddress,
    settings: ClientSettings,
    closing: AbortSignal,
  ): Promise<BrokerConnection> {
    const { network, clock, connectTimeoutMs } = settings
    const socket = network.connect(address.host, address.port)
    const connection = new BrokerConnection(socket, nameOfAddress(address), settings)
    const timer = clock.schedule(connectTimeoutMs, () =>
      connection.#fail(connection.#lost(`timed out after ${connectTimeoutMs} ms`)),
    )
    const stopListening = onceAborted(closing, () => connection.close())
    try {
      const { versions, features } = await negotiateVersions((api, version, request) =>
        connection.#exchange(api, version, request, connectTimeoutMs),
      )
      connection.#versions = versions
      connection.#features = features
      connection.#decoder = connection.#newDecoder(MAX_RESPONSE_BYTES)
    } catch (error) {
      connection.close()
      throw error
    } finally {
      timer.cancel()
      stopListening()
    }
    return connection
  }

  private constructor(socket: NetworkSocket, address: string, settings: ClientSettings) {
    this.address = address
    this.#socket = socket
    this.#settings = settings
    this.#decoder = this.#newDecoder(MAX_FIRST_RESPONSE_BYTES)
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#decoder.push(chunk)
      } catch (cause) {
        this.#fail(this.#invalid('a frame that cannot be read', cause))
      }
    })
    socket.on('error', (error) => this.#fail(this.#lost(error.message)))
    socket.on('end', () => this.#fail(closedByBroker(address)))
    socket.on('close', () => this.#fail(closedByBroker(address)))
  }

  get isClosed(): boolean {
    return this.#failure !== undefined
  }

  /** The number of requests without a response. */
  get pendingCount(): number {
    return this.#pending.length
  }

  /** The features of the cluster when the connection was opened. */
  get features(): FeatureLevels {
    return this.#features
  }

  /** Whether the broker serves a request in a known version. */
  serves(api: Api): boolean {
    return this.#commonVersion(api, api.versions.max) !== undefined
  }

  /**
   * Returns the version in which a request is sent. Throws `UNSUPPORTED_VERSION` if there is none.
   */
  versionOf(api: Api, maxVersion: number = api.current.max): number {
    const version = this.#commonVersion(api, maxVersion)
    if (version !== undefined) return version
    const served = this.#versions.get(api.key)
    const servedText = served === undefined ? 'not at all' : `in v${served.min} to v${served.max}`
    throw new ClientError(
      'UNSUPPORTED_VERSION',
      `${this.address} serves ${api.name} ${servedText}; the client knows v${api.versions.min} to v${maxVersion}`,
    )
  }

  /**
   * Sends a request in the highest version that both sides know, and resolves with the response.
   *
   * @throws ClientError `CONNECTION_FAILED` if the connection breaks first, `REQUEST_TIMED_OUT` if
   * there is no response in time
   */
  async send<A extends Api>(
    api: A,
    request: RequestInput<A>,
    { maxVersion, timeoutMs, signal }: SendOptions = {},
  ): Promise<ResponseOf<A>> {
    // Without a throttle, the request is written immediately, in the order of the calls.
    if (this.#isThrottled) await this.#throttle(signal)
    const version = this.versionOf(api, maxVersion)
    const exchange = this.#exchange(api, version, request, timeoutMs)
    const frame = await (signal === undefined ? exchange : abortable(exchange, [signal]))
    try {
      const { response } = decodeResponseFrame(api, version, frame)
      this.#noteThrottleTime(response)
      return response
    } catch (cause) {
      const error = this.#invalid(`no ${api.name} response v${version}`, cause)
      this.#fail(error)
      throw error
    }
  }

  /**
   * Sends a request that has no response: Produce with `acks=0`. Resolves when the socket has
   * accepted it.
   */
  sendUnanswered<A extends Api>(
    api: A,
    request: RequestInput<A>,
    maxVersion?: number,
  ): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const { clientId } = this.#settings
    const version = this.versionOf(api, maxVersion)
    const chunks = encodeRequestFrame(api, version, this.#nextId(), clientId, request)
    return new Promise((resolve, reject) => {
      this.#socket.write(Buffer.concat(chunks), (error) =>
        error ? reject(this.#failure ?? this.#lost(error.message)) : resolve(),
      )
    })
  }

  /** Closes the connection; requests without a response reject with `CLOSED`. */
  close(): void {
    this.#fail(new ClientError('CLOSED', `the connection to ${this.address} was closed`))
  }

  #exchange<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    timeoutMs = this.#settings.requestTimeoutMs,
  ): Promise<Uint8Array> {
    if (this.#failure) return Promise.reject(this.#failure)
    const { clock, clientId } = this.#settings
    const correlationId = this.#nextId()
    const chunks = encodeRequestFrame(api, version, correlationId, clientId, request)
    return new Promise((resolve, reject) => {
      // Later responses would also be late, so as in Kafka the connection is closed.
      const timer = clock.schedule(timeoutMs, () => this.#onTimeout(api, timeoutMs))
      this.#pending.push({ correlationId, timer, resolve, reject })
      this.#socket.cork()
      for (const chunk of chunks) this.#socket.write(chunk)
      this.#socket.uncork()
    })
  }

  /** Since KIP-219 the broker responds immediately and the client waits. */
  get #isThrottled(): boolean {
    return this.#throttledUntilMs > 0 && this.#throttledUntilMs > this.#settings.clock.now()
  }

  async #throttle(signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#settings
    const waitMs = this.#throttledUntilMs - clock.now()
    await sleep(clock, waitMs, [this.#failed.signal, signal])
  }

  #noteThrottleTime(response: object): void {
    const { throttleTimeMs = 0 } = response as { readonly throttleTimeMs?: number }
    if (throttleTimeMs > 0) this.#throttledUntilMs = this.#settings.clock.now() + throttleTimeMs
  }

  #newDecoder(maxBytes: number): FrameDecoder {
    return new FrameDecoder(maxBytes, (frame) => this.#onFrame(frame))
  }

  #onTimeout(api: Api, timeoutMs: number): void {
    const message = `${this.address} did not answer ${api.name} within ${timeoutMs} ms`
    this.#fail(new ClientError('REQUEST_TIMED_OUT', message))
  }

  #onFrame(frame: Buffer): void {
    const request = this.#pending.shift()
    const correlationId = frame.length < 4 ? undefined : frame.readInt32BE(0)
    if (request !== undefined && request.correlationId === correlationId) {
      request.timer.cancel()
      request.resolve(frame)
      return
    }
    if (request !== undefined) this.#pending.unshift(request)
    this.#fail(this.#invalid(`a response with correlation id ${correlationId}`))
  }

  #nextId(): number {
    const id = this.#correlationId
    this.#correlationId = (id + 1) & 0x7fffffff
    return id
  }

  #commonVersion(api: Api, maxVersion: number): number | undefined {
    const served = this.#versions.get(api.key)
    if (served === undefined) return undefined
    const version = Math.min(served.max, maxVersion, api.versions.max)
    return version < Math.max(served.min, api.versions.min) ? undefined : version
  }

  #lost(reason: string): ClientError {
    return new ClientError('CONNECTION_FAILED', `no connection to ${this.address}: ${reason}`, {
      advice: 'Check that a broker runs, and that this is its address.',
    })
  }

  #invalid(what: string, cause?: unknown): ClientError {
    return new ClientError('INVALID_RESPONSE', `${this.address} sent ${what}`, {
      cause,
      advice:
        'Check that the address is that of a Kafka broker, with a listener of the same security protocol.',
    })
  }

  #fail(error: ClientError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#failed.abort(error)
    for (const { timer, reject } of this.#pending.splice(0)) {
      timer.cancel()
      reject(error)
    }
    // Written requests are still sent, such as the LeaveGroup of a member that closes.
    if (error.code === 'CLOSED') this.#socket.end(() => this.#socket.destroy())
    else this.#socket.destroy()
  }
}

function closedByBroker(address: string): ClientError {
  return new ClientError('CONNECTION_FAILED', `${address} closed the connection`)
}
