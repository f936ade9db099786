import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { portsInARow } from '../cluster/support/ports.ts'
import { Listener } from '../../src/network/listener.ts'
import type { FrameHandler } from '../../src/network/frame-handler.ts'
import { Bench, framed, transports, until } from './support.ts'

const echo: FrameHandler = (frame) => [framed(frame)]
const parked: FrameHandler = () => new Promise(() => {})

describe.each(transports)('a listener over %s', (_, network) => {
  it('takes a free port for port 0', async () => {
    const bench = new Bench(network())
    const first = await bench.listen({ handler: echo })
    const second = await new Bench(bench.network).listen({ handler: echo })
    expect(first.port).toBeGreaterThan(0)
    expect(second.port).not.toBe(first.port)
    await Promise.all([first.close(), second.close()])
  })

  it('refuses a used port with EADDRINUSE', async () => {
    const bench = new Bench(network())
    const { port } = await bench.listen({ handler: echo })
    await expect(new Bench(bench.network).listen({ handler: echo, port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
    await bench.close()
  })

  it('closes with connected clients and parked requests, and releases the port', async () => {
    const bench = new Bench(network())
    const port = await portsInARow(1)
    await bench.listen({ handler: parked, port })
    const clients = await Promise.all(Array.from({ length: 20 }, () => bench.connect()))
    for (const client of clients) client.send('fetch')
    await until(() => bench.listener.connections.size === 20)
    // The clock stands still and no client disconnects by itself: waiting for either would never
    // end.
    await bench.listener.close()
    await Promise.all(clients.map((client) => client.closed()))
    const again = await new Bench(bench.network).listen({ handler: echo, port })
    expect(again).toBeInstanceOf(Listener)
    await again.close()
  })

  it('refuses connections when it is closed', async () => {
    const bench = new Bench(network())
    const { host, port } = await bench.listen({ handler: echo, port: await portsInARow(1) })
    await bench.close()
    const socket = bench.network.connect(host, port)
    const error = await new Promise((resolve) => socket.once('error', resolve))
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('a listener over TCP', () => {
  it('survives a client that resets its connection in the middle of a request', async () => {
    const bench = new Bench(transports[0]![1]())
    await bench.listen({ handler: echo })
    const socket = connect(bench.listener.port, '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write(framed(Buffer.alloc(100)).subarray(0, 50))
    await until(() => bench.listener.connections.size === 1)
    socket.resetAndDestroy()
    await until(() => bench.listener.connections.size === 0)
    const client = await bench.connect()
    client.send('still serving')
    expect(await client.receive()).toEqual(['still serving'])
    expect(bench.logger.lines).toEqual([])
    await bench.close()
  })

  it('survives a client that disconnects while its responses are written', async () => {
    const bench = new Bench(transports[0]![1]())
    const answer = [framed(Buffer.alloc(5_000_000))]
    await bench.listen({ handler: () => answer })
    const client = await bench.connect()
    client.socket.pause()
    client.send('fetch', 'fetch', 'fetch')
    await until(() => bench.listener.connections.size === 1)
    client.socket.destroy()
    await until(() => bench.listener.connections.size === 0)
    expect(bench.logger.lines).toEqual([])
    await bench.close()
  })
})
