import type { Network, NetworkServer, NetworkServerOptions } from '../platform/network.ts'
import type { Turn } from '../platform/turn.ts'
import { InProcessSocket } from './in-process-socket.ts'

/** The ports of clients, as an operating system assigns them (the dynamic range of RFC 6335). */
const FIRST_CLIENT_PORT = 49152
const LAST_PORT = 65535

/** The type of kafkajs' option `socketFactory`. */
export type SocketFactory = (options: {
  readonly host: string
  readonly port: number
  readonly onConnect: () => void
}) => InProcessSocket

interface HostAndPort {
  readonly host: string
  readonly port: number
}

/**
 * Connections in this process: {@link connect} finds a listener by host and port, without a socket
 * of the operating system. Requests take the same path as over TCP. Each cluster has its own
 * network.
 */
export class InProcessNetwork implements Network {
  readonly #servers = new Map<string, InProcessServer>()
  /** The bound addresses of listeners, by their advertised address. */
  readonly #advertised = new Map<string, string>()
  readonly #turn: Turn
  #nextClientPort = FIRST_CLIENT_PORT

  constructor(turn: Turn) {
    this.#turn = turn
  }

  async listen(options: NetworkServerOptions): Promise<NetworkServer> {
    const port = options.port === 0 ? this.#freePort(options.host) : options.port
    const address = addressOf(options.host, port)
    if (this.#servers.has(address)) {
      throw Object.assign(new Error(`listen EADDRINUSE: address already in use ${address}`), {
        code: 'EADDRINUSE',
      })
    }
    const server = new InProcessServer(port, options.onSocket, () => this.#servers.delete(address))
    this.#servers.set(address, server)
    return server
  }

  /**
   * Allows clients to connect to the advertised address. It has precedence over a listener that is
   * bound to the same address.
   */
  advertise(told: HostAndPort, bound: HostAndPort): void {
    this.#advertised.set(addressOf(told.host, told.port), addressOf(bound.host, bound.port))
  }

  /**
   * Returns a socket that emits `connect` when it is accepted, or `error` (ECONNREFUSED) if nothing
   * listens there.
   */
  connect(host: string, port: number): InProcessSocket {
    const clientPort = this.#nextClientPort
    this.#nextClientPort = clientPort === LAST_PORT ? FIRST_CLIENT_PORT : clientPort + 1
    const address = addressOf(host, port)
    const server = () => this.#servers.get(this.#advertised.get(address) ?? address)
    return InProcessSocket.connect({ host, port, clientPort }, server, this.#turn)
  }

  /** For kafkajs: `new Kafka({ brokers, socketFactory: network.socketFactory })`. */
  readonly socketFactory: SocketFactory = ({ host, port, onConnect }) =>
    this.connect(host, port).once('connect', onConnect)

  #freePort(host: string): number {
    let port = FIRST_CLIENT_PORT
    while (this.#servers.has(addressOf(host, port))) port++
    return port
  }
}

class InProcessServer implements NetworkServer {
  readonly port: number
  readonly #onSocket: NetworkServerOptions['onSocket']
  readonly #onClose: () => void
  readonly #sockets = new Set<InProcessSocket>()

  constructor(port: number, onSocket: NetworkServerOptions['onSocket'], onClose: () => void) {
    this.port = port
    this.#onSocket = onSocket
    this.#onClose = onClose
  }

  accept(socket: InProcessSocket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    this.#onSocket(socket)
  }

  async close(): Promise<void> {
    this.#onClose()
    await Promise.all(Array.from(this.#sockets, closed))
  }
}

function closed(socket: InProcessSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

/** Returns one name for all addresses of this machine. */
function addressOf(host: string, port: number): string {
  const isLocal = host === 'localhost' || host === '::1' || host === '0.0.0.0' || host === '::'
  return `${isLocal ? '127.0.0.1' : host}:${port}`
}
