import { Duplex } from 'node:stream'
import type { NetworkSocket } from '../../../../src/platform/network.ts'
import type { VirtualConnection } from './virtual-connection.ts'

type Callback = (error?: Error | null) => void

/** The broker's end of a virtual connection: a stream, like a socket of Node. */
export class ServerSocket extends Duplex implements NetworkSocket {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort: number
  readonly localAddress = '127.0.0.1'
  readonly localPort: number
  readonly closedPromise: Promise<void>
  readonly #connection: VirtualConnection

  constructor(connection: VirtualConnection) {
    super({ allowHalfOpen: true })
    this.#connection = connection
    this.remotePort = connection.id
    this.localPort = connection.port
    this.closedPromise = new Promise((resolve) => void this.once('close', resolve))
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#connection.sendToClient(Buffer.from(chunk), callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: Callback): void {
    this.#connection.sendToClient(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback)
  }

  override _final(callback: Callback): void {
    this.#connection.endToClient()
    callback()
  }

  override _read(): void {
    this.#connection.readByServer()
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#connection.closedByServer()
    callback(error)
  }
}
