import { connect, createServer, isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import { readIntoSharedBuffer } from './shared-read-buffer.ts'

/**
 * One end of a connection: the common interface of TCP sockets, TLS sockets and the in-process
 * transport.
 */
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
  /**
   * Whether the server and its sockets keep the process alive. Default `false`, so that test
   * runners can exit.
   */
  readonly keepAlive?: boolean
  /**
   * Called with each accepted socket, which stays half open when the peer ends its side. A chunk of
   * its `data` may be overwritten after the listener has returned.
   */
  onSocket(socket: NetworkSocket): void
  /** Called when accepting fails later, for example because there are no file descriptors. */
  onError(error: Error): void
}

export interface NetworkServer {
  /** The bound port. */
  readonly port: number
  /** Stops accepting. Resolves when the port is released and every accepted socket is closed. */
  close(): Promise<void>
}

/** Creates servers and connections. */
export interface Network {
  /** Rejects with the system's error, for example with `code` `EADDRINUSE`. */
  listen(options: NetworkServerOptions): Promise<NetworkServer>
  /** Returns a socket that emits `connect`, or `error` if nothing listens there. */
  connect(host: string, port: number): NetworkSocket
}

/**
 * TCP, without Nagle's delay, and with TCP keep-alive on accepted sockets, as in Kafka's
 * `SocketServer`.
 */
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
