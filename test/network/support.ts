import { EventEmitter, once } from 'node:events'
import type { Duplex } from 'node:stream'
import { FrameDecoder } from '../../src/network/frame-decoder.ts'
import { InProcessNetwork } from '../../src/network/in-process.ts'
import { Listener } from '../../src/network/listener.ts'
import type { ListenerOptions } from '../../src/network/listener.ts'
import type { NetworkLogger } from '../../src/network/network-logger.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { systemNetwork } from '../../src/platform/network.ts'
import type { Network } from '../../src/platform/network.ts'
import { systemTurn } from '../../src/platform/turn.ts'

/** The transports of every connection test. */
export const transports: readonly (readonly [string, () => Network])[] = [
  ['TCP', () => systemNetwork],
  ['in process', () => new InProcessNetwork(systemTurn)],
]

/** Returns `payload` with its size before it. */
export function framed(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + payload.length)
  frame.writeInt32BE(payload.length)
  frame.set(payload, 4)
  return frame
}

export class RecordingLogger implements NetworkLogger {
  readonly lines: string[] = []
  debug(): void {}
  warn(_fields: object, message: string): void {
    this.lines.push(message)
  }
  error(_fields: object, message: string): void {
    this.lines.push(message)
  }
  errorOnce(_key: string, _fields: object, message: string): void {
    this.lines.push(message)
  }
}

/** A client that sends strings as frames and reads frames as strings. */
export class FrameClient {
  readonly socket: Duplex
  readonly #frames: string[] = []
  readonly #decoder = new FrameDecoder(2 ** 31 - 1, (frame) => this.#frames.push(String(frame)))
  readonly #progress = new EventEmitter()
  #isClosed = false

  constructor(socket: Duplex) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk)
      this.#progress.emit('progress')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isClosed = true
      this.#progress.emit('progress')
    })
  }

  /** The number of frames that wait to be received. */
  get receivedCount(): number {
    return this.#frames.length
  }

  send(...payloads: string[]): void {
    this.socket.write(Buffer.concat(payloads.map((payload) => framed(Buffer.from(payload)))))
  }

  /** Resolves with the next `count` frames; rejects when the connection closes before. */
  async receive(count = 1): Promise<string[]> {
    while (this.#frames.length < count) {
      if (this.#isClosed) throw new Error(`closed after ${this.#frames.length} of ${count} frames`)
      await once(this.#progress, 'progress')
    }
    return this.#frames.splice(0, count)
  }

  async closed(): Promise<void> {
    while (!this.#isClosed) await once(this.#progress, 'progress')
  }
}

/** A listener and its clients; `close` closes all of them. */
export class Bench {
  readonly clock = new ManualClock()
  readonly logger = new RecordingLogger()
  readonly network: Network
  readonly #clients: FrameClient[] = []
  listener!: Listener

  constructor(network: Network) {
    this.network = network
  }

  async listen(
    options: Pick<ListenerOptions, 'handler'> & Partial<ListenerOptions>,
  ): Promise<Listener> {
    const { network, clock, logger } = this
    this.listener = await Listener.listen({
      host: '127.0.0.1',
      port: 0,
      network,
      clock,
      logger,
      ...options,
    })
    return this.listener
  }

  async connect(): Promise<FrameClient> {
    const client = new FrameClient(this.network.connect(this.listener.host, this.listener.port))
    this.#clients.push(client)
    await once(client.socket, 'connect')
    return client
  }

  async close(): Promise<void> {
    for (const { socket } of this.#clients) socket.destroy()
    await this.listener.close()
  }
}

/** Waits until `condition` holds, one turn of the event loop at a time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
