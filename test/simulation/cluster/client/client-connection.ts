import { decodeResponseFrame, encodeRequestFrame } from '../../../../src/protocol/frame.ts'
import type { Api, RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { Timer } from '../../../../src/platform/clock.ts'
import type { VirtualConnection } from '../machine/virtual-connection.ts'
import { REQUEST_TIMEOUT_MS } from '../settings.ts'
import type { World } from '../world.ts'

/** Thrown when the connection closes before the response. The request may have taken effect. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** Options of one request. */
export interface CallOptions {
  /** How long the broker may hold the request on purpose, in milliseconds. Default 0. */
  readonly parkedMs?: number
  /** Time after which the client closes the connection, in milliseconds. Default: never. */
  readonly patienceMs?: number
}

interface Waiting {
  readonly correlationId: number
  readonly timer: Timer
  readonly decode: (frame: Uint8Array) => void
  readonly reject: (error: ConnectionLost) => void
}

/**
 * A client's connection to one broker. Each call is one request and its response. A response that
 * is missing for too long ends the history with a failure, unless a fault explains it.
 */
export class ClientConnection {
  readonly port: number
  readonly #world: World
  readonly #client: string
  readonly #connection: VirtualConnection
  readonly #waiting: Waiting[] = []
  readonly #connecting: Timer
  #received: Buffer = Buffer.alloc(0)
  #correlationId = 0
  /** Undefined while the connection is open. */
  #closedAtMs: number | undefined

  constructor(world: World, client: string, port: number) {
    this.port = port
    this.#world = world
    this.#client = client
    this.#connection = world.cluster.network.connect(client, port, {
      onConnect: () => this.#connecting.cancel(),
      onData: (bytes) => this.#onData(bytes),
      onClose: (reason) => this.#onClosed(reason),
    })
    this.#connecting = world.time.schedule(REQUEST_TIMEOUT_MS, () =>
      this.close('nobody answered the connection'),
    )
  }

  get isClosed(): boolean {
    return this.#closedAtMs !== undefined
  }

  /** The time when the connection closed, -Infinity while it is open. */
  get closedAtMs(): number {
    return this.#closedAtMs ?? -Infinity
  }

  /** Sends a request. Resolves with its response, or rejects with {@link ConnectionLost}. */
  call<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    options: CallOptions = {},
  ): Promise<ResponseOf<A>> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new ConnectionLost('the connection is closed'))
      const sentAtMs = this.#world.time.nowMs
      const correlationId = this.send(api, version, request)
      const timeoutMs = REQUEST_TIMEOUT_MS + (options.parkedMs ?? 0)
      const { patienceMs = Infinity } = options
      const timer = this.#world.time.schedule(Math.min(timeoutMs, patienceMs), () => {
        if (patienceMs >= timeoutMs) this.#onTimeout(api.name, sentAtMs)
        else this.close('the client gave up')
      })
      const decode = (frame: Uint8Array): void => {
        const { response } = decodeResponseFrame(api, version, frame)
        this.#world.trace.note(this.#client, () => `<- ${api.name} ${describe(response)}`)
        // A response after a power failure describes state that may be lost.
        if (sentAtMs > this.#world.lostAtMs) resolve(response)
        else reject(new ConnectionLost('the power has failed meanwhile'))
      }
      this.#waiting.push({ correlationId, timer, decode, reject })
    })
  }

  /** Sends a request that gets no response. Returns its correlation id. */
  send<A extends Api>(api: A, version: number, request: RequestInput<A>): number {
    const correlationId = this.#correlationId++
    this.#world.trace.note(
      this.#client,
      () => `-> ${this.port} ${api.name} v${version} ${describe(request)}`,
    )
    const chunks = encodeRequestFrame(api, version, correlationId, this.#client, request)
    this.#connection.write(Buffer.concat(chunks))
    return correlationId
  }

  /** Sends the first part of a request and closes the connection. */
  sendHalf<A extends Api>(api: A, version: number, request: RequestInput<A>, share: number): void {
    const frame = Buffer.concat(encodeRequestFrame(api, version, 0, this.#client, request))
    this.#connection.write(frame.subarray(0, Math.floor(frame.length * share)))
    this.close('the client went away within a request')
  }

  pauseReading(forMs: number): void {
    this.#connection.pauseReading(forMs)
  }

  close(reason: string): void {
    if (this.isClosed) return
    this.#connection.close()
    this.#onClosed(reason)
  }

  #onTimeout(name: string, sentAtMs: number): void {
    if (this.#connection.wasHealthySince(sentAtMs)) {
      this.#world.disagree(`${this.#client} gets no answer to ${name} from port ${this.port}`)
    }
    this.close('no answer in time')
  }

  #onData(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0)
      if (this.#received.length < end) return
      const frame = this.#received.subarray(4, end)
      this.#received = this.#received.subarray(end)
      this.#onFrame(frame)
    }
  }

  #onFrame(frame: Buffer): void {
    const waiting = this.#waiting.shift()
    const correlationId = frame.readInt32BE(0)
    if (waiting?.correlationId !== correlationId) {
      this.#world.disagree(
        `${this.#client} gets answer ${correlationId} in place of ${waiting?.correlationId}`,
      )
    }
    waiting.timer.cancel()
    try {
      waiting.decode(frame)
    } catch (error) {
      this.#world.time.fail(error as Error)
    }
  }

  #onClosed(reason: string): void {
    if (this.isClosed) return
    this.#closedAtMs = this.#world.time.nowMs
    this.#connecting.cancel()
    this.#world.trace.note(this.#client, () => `loses port ${this.port}: ${reason}`)
    for (const { timer, reject } of this.#waiting.splice(0)) {
      timer.cancel()
      reject(new ConnectionLost(reason))
    }
  }
}

/** Returns a request or a response as one line. Of bytes it shows the size. */
function describe(value: unknown): string {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, part: unknown) {
    const whole = this[key]
    if (whole instanceof Uint8Array) return `${whole.length} bytes`
    if (Array.isArray(part) && part.length === 1) return part[0] as unknown
    return part === null || part === -1 || key === 'throttleTimeMs' ? undefined : part
  })
  return (text ?? '').replaceAll('"', '').slice(0, 400)
}
