import type {
  Network,
  NetworkServer,
  NetworkServerOptions,
} from '../../../../src/platform/network.ts'
import { systemError } from '../../../../src/platform/system-error.ts'
import { Dice } from '../../dice.ts'
import type { SimulatedProcess } from './process.ts'
import { ServerSocket } from './server-socket.ts'
import { VirtualConnection, type ClientEvents } from './virtual-connection.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The behavior of the network without faults. */
export interface NetworkSettings {
  /** The usual latency, in milliseconds. */
  readonly latencyMs: number
  /** The share of parcels that take up to twenty times as long, 0 to 1. */
  readonly jitter: number
  /** The share of writes that arrive in two pieces, 0 to 1. */
  readonly fragmentation: number
  /** The bytes in flight above which a socket of a broker stops taking more. */
  readonly sendBufferBytes: number
}

interface Listening {
  readonly options: NetworkServerOptions
  readonly process: SimulatedProcess
  readonly sockets: Set<ServerSocket>
}

/**
 * A network in virtual time. The bytes of one connection arrive in order, those of several
 * connections in any order. A client can be cut off from a port: bytes that are sent meanwhile
 * arrive when the cut ends, because TCP sends them again.
 */
export class VirtualNetwork {
  readonly time: VirtualTime
  readonly settings: NetworkSettings
  readonly #seed: number
  readonly #ports = new Map<number, Listening>()
  readonly #connections = new Set<VirtualConnection>()
  /** The end of each cut, by client and port. */
  readonly #cuts = new Map<string, number>()
  readonly #silentUntilMs = new Map<number, number>()
  #opened = 0

  constructor(time: VirtualTime, settings: NetworkSettings, seed: number) {
    this.time = time
    this.settings = settings
    this.#seed = seed
  }

  /** The connections that are open at one end or both. */
  get connections(): ReadonlySet<VirtualConnection> {
    return this.#connections
  }

  /** Returns the network of the brokers of one process. */
  of(process: SimulatedProcess): Network {
    return {
      listen: (options) => this.#listen(options, process),
      connect: () => {
        throw new Error('no broker connects to anybody')
      },
    }
  }

  /** Opens a connection. */
  connect(client: string, port: number, events: ClientEvents): VirtualConnection {
    const id = ++this.#opened
    const dice = new Dice(this.#seed ^ Math.imul(id, 0x9e3779b1))
    const connection = new VirtualConnection(this, { id, client, port, events, dice })
    this.#connections.add(connection)
    return connection
  }

  /** Hands a connection to the listener of its port. Returns undefined when there is none. */
  accept(connection: VirtualConnection): ServerSocket | undefined {
    const listening = this.#ports.get(connection.port)
    if (listening === undefined || listening.process.isDead) return undefined
    const socket = new ServerSocket(connection)
    listening.sockets.add(socket)
    socket.once('close', () => listening.sockets.delete(socket))
    listening.options.onSocket(socket)
    return socket
  }

  isListening(port: number): boolean {
    return this.#ports.has(port)
  }

  forget(connection: VirtualConnection): void {
    this.#connections.delete(connection)
  }

  /** Cuts a client off from a port for some milliseconds. */
  cut(client: string, port: number, forMs: number): void {
    this.#cuts.set(`${client} ${port}`, this.time.nowMs + forMs)
  }

  /** Ends all cuts. */
  heal(): void {
    this.#cuts.clear()
  }

  /** Returns for how many more milliseconds a client is cut off from a port; 0 if it is not. */
  cutForMs(client: string, port: number): number {
    return Math.max(0, (this.#cuts.get(`${client} ${port}`) ?? 0) - this.time.nowMs)
  }

  /** Resets the chosen connections at both ends. */
  reset(isChosen: (connection: VirtualConnection) => boolean): void {
    for (const connection of this.#connections) if (isChosen(connection)) connection.reset()
  }

  /**
   * Ends the listeners of a process that is dead. Clients notice it at once when only the process
   * ended. When the machine lost its power, they notice it with the next bytes that they send.
   */
  lose(ports: Iterable<number>, isWholeMachine: boolean): void {
    const lost = new Set(ports)
    for (const port of lost) this.#ports.delete(port)
    for (const connection of this.#connections) {
      if (lost.has(connection.port)) connection.loseServer(isWholeMachine)
    }
  }

  /** Makes a port ignore connections for some milliseconds, as a machine without power does. */
  silence(port: number, forMs: number): void {
    this.#silentUntilMs.set(port, this.time.nowMs + forMs)
  }

  isSilent(port: number): boolean {
    return (this.#silentUntilMs.get(port) ?? 0) > this.time.nowMs
  }

  async #listen(options: NetworkServerOptions, process: SimulatedProcess): Promise<NetworkServer> {
    const { port } = options
    if (process.isDead) return new Promise(() => {})
    if (this.#ports.has(port)) throw systemError('EADDRINUSE', `listen to ${port}`)
    const listening: Listening = { options, process, sockets: new Set() }
    this.#ports.set(port, listening)
    this.#silentUntilMs.delete(port)
    return {
      port,
      close: async () => {
        if (this.#ports.get(port) === listening) this.#ports.delete(port)
        await Promise.all([...listening.sockets].map((socket) => socket.closedPromise))
      },
    }
  }
}
