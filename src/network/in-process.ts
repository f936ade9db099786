import type { Network, NetworkServer, NetworkServerOptions } from '../platform/network.ts'
import type { Turn } from '../platform/turn.ts'
import { InProcessSocket } from './in-process-socket.ts'

/** The ports that clients are given, as an operating system would (the dynamic range of RFC 6335). */
const FIRST_CLIENT_PORT = 49152
const LAST_PORT = 65535

/** What kafkajs calls to open a connection: its `socketFactory` option. */
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
 * Connections inside the process: those who listen here are reached by {@link connect} under their host and port,
 * without a socket of the operating system. Requests take the same path as over TCP. Each cluster has one of its own.
 */
export class InProcessNetwork implements Network {
  readonly #servers = new Map<string, InProcessServer>()
  /** Where those listen whose clients are told another address, by that address. */
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

  /** Lets clients connect by the address that they are told, which goes before what is bound to the same address. */
  advertise(told: HostAndPort, bound: HostAndPort): void {
    this.#advertised.set(addressOf(told.host, told.port), addressOf(bound.host, bound.port))
  }

  /** A socket that emits `connect` once it is accepted, or `error` (ECONNREFUSED) when nobody listens there. */
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

/** One name for all the ways to say "this machine". */
function addressOf(host: string, port: number): string {
  const isLocal = host === 'localhost' || host === '::1' || host === '0.0.0.0' || host === '::'
  return `${isLocal ? '127.0.0.1' : host}:${port}`
}
