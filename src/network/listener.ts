import type { Clock } from '../platform/clock.ts'
import type { Network, NetworkServer, NetworkSocket } from '../platform/network.ts'
import { Connection, plainAddress } from './connection.ts'
import { OPEN_LINE, type LineCondition } from './client-line.ts'
import type { FrameHandler } from './frame-handler.ts'
import type { NetworkLogger } from './network-logger.ts'

export interface ListenerOptions {
  /** The address to bind. */
  readonly host: string
  /** The port to bind; 0 means a free one. */
  readonly port: number
  /** Kafka's listener name. Default `PLAINTEXT`. */
  readonly name?: string
  readonly handler: FrameHandler
  readonly clock: Clock
  /** The maximum size of a request, in bytes. Default 104857600 (`socket.request.max.bytes`). */
  readonly maxRequestBytes?: number
  /**
   * The idle time in milliseconds after which a connection is closed; negative means never. Default
   * 600000 (`connections.max.idle.ms`).
   */
  readonly idleMs?: number
  readonly network: Network
  readonly logger: NetworkLogger
  /** Whether the listener keeps the process alive. Default `false`. */
  readonly keepAlive?: boolean
}

/**
 * Accepts connections on one address and serves their requests (an endpoint of Kafka's
 * `SocketServer`).
 */
export class Listener {
  readonly host: string
  readonly name: string
  readonly #options: ListenerOptions
  readonly #connections = new Set<Connection>()
  #server: NetworkServer | undefined
  #line = OPEN_LINE
  #isClosed = false
  #nextIndex = 0

  /**
   * Resolves when the port is bound. Rejects with the system's error, for example with code
   * `EADDRINUSE`.
   */
  static async listen(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options)
    const { host, port, network, keepAlive = false, logger } = options
    listener.#server = await network.listen({
      host,
      port,
      keepAlive,
      onSocket: (socket) => listener.#accept(socket),
      onError: (error) => logger.error({ host, port, err: error }, 'Accepting connections failed'),
    })
    return listener
  }

  private constructor(options: ListenerOptions) {
    this.host = options.host
    this.name = options.name ?? 'PLAINTEXT'
    this.#options = options
  }

  /** The bound port. */
  get port(): number {
    return this.#server!.port
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  /** Makes the network of all connections slow, cuts it, or restores it; also of new ones. */
  setLine(condition: LineCondition): void {
    this.#line = condition
    for (const connection of this.#connections) connection.setLine(condition)
  }

  /** Closes all connections immediately and releases the port. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const connection of this.#connections) connection.close()
    await this.#server!.close()
  }

  #accept(socket: NetworkSocket): void {
    if (this.#isClosed) {
      socket.destroy()
      return
    }
    const { handler, clock, maxRequestBytes = 104857600, idleMs = 600000, logger } = this.#options
    const local = `${plainAddress(socket.localAddress)}:${socket.localPort ?? 0}`
    const remote = `${plainAddress(socket.remoteAddress)}:${socket.remotePort ?? 0}`
    const connection = new Connection(socket, {
      id: `${local}-${remote}-${this.#nextIndex++}`,
      listenerName: this.name,
      handler,
      clock,
      maxRequestBytes,
      idleMs,
      logger,
    })
    if (this.#line !== OPEN_LINE) connection.setLine(this.#line)
    this.#connections.add(connection)
    connection.onClose(() => this.#connections.delete(connection))
  }
}
