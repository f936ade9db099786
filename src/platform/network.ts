import { connect, createServer, isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import { readIntoSharedBuffer } from './shared-read-buffer.ts'

/** One end of a connection: what a TCP socket, a TLS socket and the in-process transport have in common. */
export interface NetworkSocket extends Duplex {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
}

export interface NetworkServerOptions {
  /** The address to bind. */
  readonly host: string
  /** The port to bind; 0 takes a free one. */
  readonly port: number
  /** Whether the server and its sockets keep the process alive. Default `false`, so that test runners can end. */
  readonly keepAlive?: boolean
  /**
   * Called with each accepted socket, which stays half open when the peer ends its side. A chunk of its `data` may be
   * overwritten once the listener has returned.
   */
  onSocket(socket: NetworkSocket): void
  /** Called when accepting fails later on, such as for want of file descriptors. */
  onError(error: Error): void
}

export interface NetworkServer {
  /** The port that was bound. */
  readonly port: number
  /** Stops accepting; resolves when the port is free and every accepted socket is closed. */
  close(): Promise<void>
}

/** Where all connections come from and go to. */
export interface Network {
  /** Rejects with the system's error, whose `code` is for instance `EADDRINUSE`. */
  listen(options: NetworkServerOptions): Promise<NetworkServer>
  /** A socket that emits `connect`, or `error` when nobody listens there. */
  connect(host: string, port: number): NetworkSocket
}

/** TCP. Without Nagle's delay, and with TCP keep-alive on accepted sockets, as Kafka's `SocketServer` sets them. */
export const systemNetwork: Network = {
  listen({ host, port, keepAlive = false, onSocket, onError }) {
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true })
    server.on('connection', (socket) => {
      if (!keepAlive) socket.unref()
      readIntoSharedBuffer(socket)
      onSocket(socket)
    })
    if (!keepAlive) server.unref()
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        server.on('error', onError)
        const address = server.address()
        resolve({
          port: typeof address === 'object' && address !== null ? address.port : port,
          close: () => new Promise((closed) => server.close(() => closed())),
        })
      })
    })
  },

  connect: (host, port) => connect({ host, port, noDelay: true }),
}

/** Whether it is an IPv6 address, without brackets. */
export function isIpv6Address(host: string): boolean {
  return isIPv6(host)
}
