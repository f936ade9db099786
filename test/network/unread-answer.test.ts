import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { UnreadBytes } from '../../src/platform/unread-bytes.ts'
import { Bench, transports, until } from './support.ts'

const MEGABYTE = 1024 * 1024

/** Bytes that contain their position; counts how many were read. */
class CountedBytes implements UnreadBytes {
  readonly length: number
  readonly #seed: number
  readBytes = 0
  /** Reading fails from this position on. */
  end = Infinity

  constructor(length: number, seed: number) {
    this.length = length
    this.#seed = seed
  }

  read(target: Uint8Array, position: number): void {
    if (position + target.length > this.end) throw new Error('gone')
    for (let i = 0; i < target.length; i++) target[i] = this.#byteAt(position + i)
    this.readBytes += target.length
  }

  bytes(): Buffer {
    return Buffer.from(Uint8Array.from({ length: this.length }, (_, i) => this.#byteAt(i)))
  }

  #byteAt(position: number): number {
    return (position >>> 10) + position * this.#seed
  }
}

const piece = (text: string): Buffer => Buffer.from(text)

function answerOf(...parts: (Uint8Array | UnreadBytes)[]): (Uint8Array | UnreadBytes)[] {
  const size = Buffer.alloc(4)
  size.writeInt32BE(parts.reduce((sum, { length }) => sum + length, 0))
  return [size, ...parts]
}

const whole = (parts: readonly (Uint8Array | UnreadBytes)[]): string =>
  String(
    Buffer.concat(
      parts.map((part) => (part instanceof CountedBytes ? part.bytes() : (part as Uint8Array))),
    ),
  )

describe.each(transports)('an answer that is not all read, over %s', (_, network) => {
  let bench: Bench

  beforeEach(() => {
    bench = new Bench(network())
  })

  afterEach(() => bench.close())

  it('arrives complete and in order, between others', async () => {
    const parts = [
      piece('before'),
      new CountedBytes(3 * MEGABYTE + 17, 3),
      piece('between'),
      piece('these'),
      new CountedBytes(1, 5),
      new CountedBytes(MEGABYTE, 7),
      piece('after'),
    ]
    await bench.listen({
      handler: (frame) =>
        answerOf(...(String(frame) === 'long' ? parts : [Buffer.from(String(frame))])),
    })
    const client = await bench.connect()
    client.send('short', 'long', 'next', 'long', 'last')
    const [short, long, next, again, last] = await client.receive(5)
    expect([short, next, last]).toEqual(['short', 'next', 'last'])
    expect(long === whole(parts)).toBe(true)
    expect(again === long).toBe(true)
  })

  it('ends with bytes that were unread', async () => {
    const unread = new CountedBytes(2 * MEGABYTE, 3)
    await bench.listen({ handler: async () => answerOf(piece('before'), unread) })
    const client = await bench.connect()
    client.send('fetch', 'fetch')
    const [first, second] = await client.receive(2)
    expect(first === whole([piece('before'), unread])).toBe(true)
    expect(second === first).toBe(true)
  })

  it('is read only as far as the client reads, and the next request waits', async () => {
    let processed = 0
    const unread = new CountedBytes(64 * MEGABYTE, 1)
    await bench.listen({
      handler: () => {
        processed++
        return answerOf(unread)
      },
    })
    const client = await bench.connect()
    client.socket.pause()
    client.send('fetch', 'fetch')
    await until(() => unread.readBytes > 0)
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
    // The kernel's buffer for a loopback socket, plus one piece.
    expect(unread.readBytes).toBeLessThan(32 * MEGABYTE)
    expect(processed).toBe(1)
    client.socket.destroy()
    const [connection] = bench.listener.connections
    await until(() => connection === undefined || connection.isClosed)
    const { readBytes } = unread
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(unread.readBytes).toBe(readBytes)
  })

  it('closes its connection if the bytes were deleted meanwhile', async () => {
    const unread = new CountedBytes(4 * MEGABYTE, 1)
    unread.end = 2 * MEGABYTE
    await bench.listen({ handler: () => answerOf(unread) })
    const client = await bench.connect()
    client.send('fetch')
    await client.closed()
    await expect(client.receive()).rejects.toThrow('closed after 0 of 1 frames')
    expect(bench.logger.lines).toEqual(['The rest of an answer cannot be read: closing connection'])
  })

  it('is delivered to a client that has ended its side', async () => {
    const unread = new CountedBytes(8 * MEGABYTE, 1)
    await bench.listen({ handler: () => answerOf(unread) })
    const client = await bench.connect()
    client.send('fetch')
    client.socket.end()
    const [answer] = await client.receive()
    expect(answer === whole([unread])).toBe(true)
    await client.closed()
  })
})
