import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../src/network/connection.ts'
import type { RequestConnection } from '../../src/network/request-connection.ts'
import { CLOSE_CONNECTION, NO_ANSWER } from '../../src/network/frame-handler.ts'
import type { FrameAnswer, FrameHandler } from '../../src/network/frame-handler.ts'
import { Bench, framed, transports, until } from './support.ts'

const echo: FrameHandler = (frame) => [framed(frame)]

/** A handler whose responses a test provides, so that a request can wait. */
class ManualHandler {
  readonly seen: string[] = []
  readonly connections: RequestConnection[] = []
  #answers: ((answer: FrameAnswer) => void)[] = []

  readonly handle: FrameHandler = (frame, connection) => {
    this.seen.push(String(frame))
    this.connections.push(connection)
    return new Promise((resolve) => this.#answers.push(resolve))
  }

  answer(text: string): void {
    this.#answers.shift()!([framed(Buffer.from(text))])
  }
}

describe.each(transports)('a connection over %s', (_, network) => {
  let bench: Bench

  beforeEach(() => {
    bench = new Bench(network())
  })

  afterEach(() => bench.close())

  it('answers pipelined requests in order', async () => {
    await bench.listen({ handler: echo })
    const client = await bench.connect()
    const requests = Array.from({ length: 500 }, (_unused, i) => `request ${i}`)
    client.send(...requests)
    expect(await client.receive(500)).toEqual(requests)
  })

  it('passes on the next request only when the previous one is answered', async () => {
    const manual = new ManualHandler()
    await bench.listen({ handler: manual.handle })
    const client = await bench.connect()
    client.send('a', 'b')
    client.send('c')
    await until(() => manual.seen.length > 0)
    expect(manual.seen).toEqual(['a'])
    manual.answer('A')
    expect(await client.receive()).toEqual(['A'])
    expect(manual.seen).toEqual(['a', 'b'])
    manual.answer('B')
    await until(() => manual.seen.length === 3)
    manual.answer('C')
    expect(await client.receive(2)).toEqual(['B', 'C'])
  })

  it('sends immediate and later responses in the order of the requests', async () => {
    await bench.listen({
      handler: (frame) =>
        frame.length % 2 === 0 ? [framed(frame)] : Promise.resolve([framed(frame)]),
    })
    const client = await bench.connect()
    const requests = Array.from({ length: 200 }, (_unused, i) => 'x'.repeat(1 + (i % 7)))
    client.send(...requests)
    expect(await client.receive(200)).toEqual(requests)
  })

  it('continues after a request without a response', async () => {
    await bench.listen({
      handler: (frame) => (String(frame) === 'quiet' ? NO_ANSWER : [framed(frame)]),
    })
    const client = await bench.connect()
    client.send('quiet', 'loud')
    expect(await client.receive()).toEqual(['loud'])
  })

  it('sends the responses before a request that closes the connection', async () => {
    await bench.listen({
      handler: (frame) => (String(frame) === 'bad' ? CLOSE_CONNECTION : [framed(frame)]),
    })
    const client = await bench.connect()
    client.send('good', 'bad', 'unseen')
    expect(await client.receive()).toEqual(['good'])
    await client.closed()
    expect(bench.listener.connections.size).toBe(0)
  })

  it.each([
    ['empty', 0, 'the client sent 0 as the size of a request, which is not a Kafka request'],
    ['negative', -5, 'the client sent -5 as the size of a request, which is not a Kafka request'],
    [
      'over the limit',
      1001,
      'the client sent a request of 1001 bytes, but socket.request.max.bytes is 1000: increase it, or send smaller requests',
    ],
    ['an HTTP request', 'GET ', 'the client sent an HTTP request to the port of a Kafka broker'],
    [
      'the hello of TLS',
      '\x16\x03\x01\x02',
      'the client speaks TLS, but this listener does not: turn off TLS (ssl) in the client',
    ],
    [
      'a header of the PROXY protocol',
      'PROXY TCP4',
      'the client sent a PROXY protocol header, which Kafka brokers do not accept: turn it off in the proxy',
    ],
    [
      'other text',
      'SSH-2.0',
      "the client sent text that starts with 'SSH-', which is not a Kafka request",
    ],
  ])(
    'closes with one log line at a frame that is %s, and only that connection',
    async (_size, start, reason) => {
      await bench.listen({ handler: echo, maxRequestBytes: 1000 })
      const bystander = await bench.connect()
      const client = await bench.connect()
      const bytes = typeof start === 'string' ? Buffer.from(start, 'latin1') : Buffer.alloc(4)
      if (typeof start === 'number') bytes.writeInt32BE(start)
      client.socket.write(bytes)
      await client.closed()
      expect(bench.logger.lines).toEqual([`Closing a connection from 127.0.0.1: ${reason}`])
      bystander.send('still here')
      expect(await bystander.receive()).toEqual(['still here'])
    },
  )

  it('closes when a request fails unexpectedly, immediately or later', async () => {
    await bench.listen({
      handler: (frame) => {
        if (String(frame) === 'later') return Promise.reject(new Error('later'))
        throw new Error('at once')
      },
    })
    for (const request of ['at once', 'later']) {
      const client = await bench.connect()
      client.send(request)
      await client.closed()
    }
    expect(bench.logger.lines).toEqual(
      Array.from({ length: 2 }, () => 'A request failed unexpectedly: closing connection'),
    )
  })

  it('knows whether its client has ended it, also while a request waits', async () => {
    const manual = new ManualHandler()
    await bench.listen({ handler: manual.handle })
    const ends: ((client: Awaited<ReturnType<Bench['connect']>>) => void)[] = [
      (client) => client.socket.end(),
      (client) => client.socket.destroy(),
      () => (manual.connections.at(-1) as Connection).close(),
    ]
    for (const end of ends) {
      const client = await bench.connect()
      client.send('a')
      const count = manual.connections.length
      await until(() => manual.connections.length > count)
      end(client)
      await until(() => manual.connections.at(-1)!.isClosed)
    }
    expect(manual.connections.map((each) => each.isEndedByClient)).toEqual([true, true, false])
  })

  it('sends the responses to earlier requests before it closes because of a failure', async () => {
    await bench.listen({
      handler: (frame) => {
        if (String(frame) === 'bug') throw new Error('a bug')
        return [framed(frame)]
      },
    })
    const client = await bench.connect()
    client.send('first', 'second', 'bug')
    expect(await client.receive(2)).toEqual(['first', 'second'])
    await client.closed()
  })

  it('does not process requests while the client does not read the responses', async () => {
    let processed = 0
    const answer = [framed(Buffer.alloc(1024 * 1024))]
    await bench.listen({
      handler: () => {
        processed++
        return answer
      },
    })
    const client = await bench.connect()
    client.socket.pause()
    client.send(...Array.from({ length: 100 }, () => 'fetch'))
    const [connection] = bench.listener.connections
    await until(() => processed > 0)
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(processed).toBeLessThan(50)
    expect(connection!.isClosed).toBe(false)
    client.socket.resume()
    expect(await client.receive(100)).toHaveLength(100)
    expect(processed).toBe(100)
  })

  it('does not read more while too many requests wait', async () => {
    const manual = new ManualHandler()
    await bench.listen({ handler: manual.handle })
    const client = await bench.connect()
    const request = 'x'.repeat(50_000)
    const total = 400
    for (let i = 0; i < total; i++) client.send(request)
    await until(() => manual.seen.length === 1)
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(client.socket.writableLength).toBeGreaterThan(0)
    for (let i = 0; i < total; i++) {
      await until(() => manual.seen.length > i)
      manual.answer(String(i))
    }
    expect(await client.receive(total)).toEqual(
      Array.from({ length: total }, (_unused, i) => String(i)),
    )
  })

  it('is closed after it was idle for connections.max.idle.ms', async () => {
    await bench.listen({ handler: echo, idleMs: 1000 })
    const idle = await bench.connect()
    const busy = await bench.connect()
    await until(() => bench.listener.connections.size === 2)
    for (let i = 0; i < 3; i++) {
      await bench.clock.advance(600)
      busy.send('ping')
      await busy.receive()
    }
    await idle.closed()
    expect(bench.listener.connections.size).toBe(1)
    await bench.clock.advance(1000)
    await busy.closed()
  })

  it('is never idle when connections.max.idle.ms is negative', async () => {
    await bench.listen({ handler: echo, idleMs: -1 })
    const client = await bench.connect()
    await bench.clock.advance(10 ** 10)
    client.send('ping')
    expect(await client.receive()).toEqual(['ping'])
  })

  it('answers a client that has ended its side', async () => {
    await bench.listen({ handler: echo })
    const client = await bench.connect()
    client.send('a', 'b')
    client.socket.end()
    expect(await client.receive(2)).toEqual(['a', 'b'])
    await client.closed()
    await until(() => bench.listener.connections.size === 0)
  })

  it('sends a long response to a client that has ended its side', async () => {
    const answer = [framed(Buffer.alloc(20_000_000))]
    await bench.listen({ handler: () => answer })
    const client = await bench.connect()
    client.send('fetch')
    client.socket.end()
    expect((await client.receive())[0]).toHaveLength(20_000_000)
    await client.closed()
  })

  it('notifies a parked request when its client disconnects', async () => {
    const manual = new ManualHandler()
    await bench.listen({ handler: manual.handle })
    const client = await bench.connect()
    client.send('fetch')
    await until(() => manual.connections.length === 1)
    const [connection] = manual.connections
    const closed: string[] = []
    connection!.onClose(() => closed.push('kept'))
    const unsubscribe = connection!.onClose(() => closed.push('taken back'))
    unsubscribe()
    client.socket.destroy()
    await until(() => connection!.isClosed)
    connection!.onClose(() => closed.push('late'))
    expect(closed).toEqual(['kept', 'late'])
    manual.answer('nobody hears this')
    await until(() => bench.listener.connections.size === 0)
    expect(bench.logger.lines).toEqual([])
  })

  it('knows its client', async () => {
    const manual = new ManualHandler()
    await bench.listen({ handler: manual.handle, name: 'INTERNAL' })
    const client = await bench.connect()
    client.send('who am I')
    await until(() => manual.connections.length === 1)
    const connection = manual.connections[0]!
    expect(connection.clientHost).toBe('127.0.0.1')
    expect(connection.clientPort).toBeGreaterThan(0)
    expect(connection.id).toBe(
      `127.0.0.1:${bench.listener.port}-127.0.0.1:${connection.clientPort}-0`,
    )
    expect(connection.principal).toBe('User:ANONYMOUS')
    expect(connection.listenerName).toBe('INTERNAL')
  })
})
