import { Duplex } from 'node:stream'
import type { NetworkSocket } from '../platform/network.ts'
import type { Turn } from '../platform/turn.ts'

/**
 * The size up to which writes are combined before they are passed to the peer, as TCP delivers
 * them.
 */
const MAX_PIECE_BYTES = 64 * 1024

type Callback = (error?: Error | null) => void

/** Accepts the other end of a new connection. */
export interface InProcessAcceptor {
  accept(socket: InProcessSocket): void
}

interface Endpoints {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
}

/**
 * One end of a connection in this process, which clients use like a `net.Socket`. Written bytes
 * arrive in a later turn of the event loop, as from a socket, so that no callback runs within a
 * `write`. The receiver gets a copy, because the broker sends slices of its log, which a client
 * must not change.
 */
export class InProcessSocket extends Duplex implements NetworkSocket {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  connecting = false
  readonly #turn: Turn
  #open: (() => void) | undefined
  #peer: InProcessSocket | undefined
  #isScheduled = false
  #outgoing: Buffer[] = []
  #outgoingCallback: Callback | undefined
  #endCallback: Callback | undefined
  #blockedWriter: (() => void) | undefined
  #hasReceivedEnd = false

  /**
   * Opens a connection in the next turn of the event loop.
   *
   * @param findAcceptor called then; if it returns none, the connection is refused
   */
  static connect(
    { host, port, clientPort }: { host: string; port: number; clientPort: number },
    findAcceptor: () => InProcessAcceptor | undefined,
    turn: Turn,
  ): InProcessSocket {
    const client = { address: '127.0.0.1', port: clientPort }
    const server = { address: host === 'localhost' ? '127.0.0.1' : host, port }
    const near = new InProcessSocket(endpoints(client, server), false, turn)
    near.connecting = true
    near.#open = () => {
      near.connecting = false
      const acceptor = findAcceptor()
      if (acceptor === undefined) {
        const error = new Error(`connect ECONNREFUSED ${host}:${port}`)
        throw Object.assign(error, {
          code: 'ECONNREFUSED',
          syscall: 'connect',
          address: host,
          port,
        })
      }
      const far = new InProcessSocket(endpoints(server, client), true, turn)
      near.#peer = far
      far.#peer = near
      acceptor.accept(far)
    }
    return near
  }

  private constructor(ends: Endpoints, allowHalfOpen: boolean, turn: Turn) {
    super({ allowHalfOpen })
    this.#turn = turn
    this.localAddress = ends.localAddress
    this.localPort = ends.localPort
    this.remoteAddress = ends.remoteAddress
    this.remotePort = ends.remotePort
  }

  /** Does nothing; exists for compatibility with `net.Socket`. */
  setNoDelay(): this {
    return this
  }

  /** Does nothing; exists for compatibility with `net.Socket`. */
  setKeepAlive(): this {
    return this
  }

  /** Never emits `timeout`; exists for compatibility with `net.Socket`. */
  readonly setTimeout = (): this => this

  /** Never keeps the process alive; exists for compatibility with `net.Socket`. */
  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  /** Until the connection is open, the stream buffers all writes. */
  override _construct(callback: Callback): void {
    const open = this.#open
    if (open === undefined) {
      callback()
      return
    }
    this.#turn.after(() => {
      if (this.destroyed) return callback()
      try {
        open()
      } catch (error) {
        return callback(error as Error)
      }
      callback()
      this.emit('connect')
    })
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#send([Buffer.from(chunk)], callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: Callback): void {
    this.#send(gather(chunks), callback)
  }

  override _final(callback: Callback): void {
    this.#endCallback = callback
    this.#schedule()
  }

  override _read(): void {
    const proceed = this.#blockedWriter
    this.#blockedWriter = undefined
    proceed?.()
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const peer = this.#peer
    const proceed = this.#blockedWriter
    this.#blockedWriter = undefined
    proceed?.()
    if (peer !== undefined && !peer.destroyed) this.#turn.after(() => peer.#receiveEnd())
    callback(error)
  }

  #send(pieces: Buffer[], callback: Callback): void {
    this.#outgoing = pieces
    this.#outgoingCallback = callback
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#turn.after(this.#deliver)
  }

  /** Passes as much as the peer accepts. The rest waits until the peer reads. */
  readonly #deliver = (): void => {
    this.#isScheduled = false
    const peer = this.#peer
    if (peer === undefined || peer.destroyed) {
      this.#fail()
      return
    }
    while (this.#outgoing.length > 0) {
      if (peer.push(this.#outgoing.shift())) continue
      peer.#blockedWriter = this.#deliver
      return
    }
    const written = this.#outgoingCallback
    const ended = this.#endCallback
    this.#outgoingCallback = undefined
    this.#endCallback = undefined
    written?.()
    if (ended === undefined) return
    peer.#receiveEnd()
    ended()
  }

  #fail(): void {
    const written = this.#outgoingCallback
    const ended = this.#endCallback
    this.#outgoing = []
    this.#outgoingCallback = undefined
    this.#endCallback = undefined
    written?.(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }))
    ended?.()
  }

  #receiveEnd(): void {
    if (this.destroyed || this.#hasReceivedEnd) return
    this.#hasReceivedEnd = true
    this.push(null)
  }
}

function endpoints(
  local: { address: string; port: number },
  remote: { address: string; port: number },
): Endpoints {
  return {
    localAddress: local.address,
    localPort: local.port,
    remoteAddress: remote.address,
    remotePort: remote.port,
  }
}

/** Returns copies of the chunks, with small ones combined. */
function gather(chunks: readonly { chunk: Buffer }[]): Buffer[] {
  const pieces: Buffer[] = []
  let group: Buffer[] = []
  let groupBytes = 0
  for (const { chunk } of chunks) {
    if (groupBytes > 0 && groupBytes + chunk.length > MAX_PIECE_BYTES) {
      pieces.push(Buffer.concat(group))
      group = []
      groupBytes = 0
    }
    group.push(chunk)
    groupBytes += chunk.length
  }
  pieces.push(Buffer.concat(group))
  return pieces
}
