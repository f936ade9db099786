import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OPEN_LINE } from '../../src/network/client-line.ts'
import type { FrameHandler } from '../../src/network/frame-handler.ts'
import type { Timer } from '../../src/platform/clock.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { Bench, framed, transports, until } from './support.ts'

const CUT = { ...OPEN_LINE, toBrokerMs: Infinity, toClientMs: Infinity }

/** A clock that tells which delays were scheduled. */
class WatchedClock extends ManualClock {
  readonly delays: number[] = []
  override schedule(delayMs: number, callback: () => void): Timer {
    this.delays.push(delayMs)
    return super.schedule(delayMs, callback)
  }
}

/** Takes longer than a request that was sent before: it connects, sends and receives. */
async function roundTrip(network: Bench['network']): Promise<void> {
  const other = new Bench(network)
  await other.listen({ handler: (frame) => [framed(Buffer.from(frame))] })
  const client = await other.connect()
  client.send('ping')
  await client.receive()
  await other.close()
}

describe.each(transports)('the line of a connection over %s', (_, network) => {
  let bench: Bench
  let seen: string[]
  const echo: FrameHandler = (frame) => {
    seen.push(String(frame))
    return [framed(Buffer.from(frame))]
  }

  beforeEach(() => {
    seen = []
    bench = new Bench(network())
  })

  afterEach(() => bench.close())

  it('passes nothing on while it is cut, and everything when it is restored', async () => {
    const listener = await bench.listen({ handler: echo })
    const [client, other] = [await bench.connect(), await bench.connect()]
    await until(() => listener.connections.size === 2)
    listener.setLine(CUT)
    client.send('a', 'b')
    other.send('c')
    await roundTrip(bench.network)
    expect(seen).toEqual([])
    listener.setLine(OPEN_LINE)
    expect(await client.receive(2)).toEqual(['a', 'b'])
    expect(await other.receive()).toEqual(['c'])
  })

  it('holds connections that are opened while it is cut', async () => {
    const listener = await bench.listen({ handler: echo })
    listener.setLine(CUT)
    const client = await bench.connect()
    client.send('a')
    await until(() => listener.connections.size === 1)
    await roundTrip(bench.network)
    expect(seen).toEqual([])
    listener.setLine(OPEN_LINE)
    expect(await client.receive()).toEqual(['a'])
  })

  it('that is cut towards the client lets requests arrive', async () => {
    const listener = await bench.listen({ handler: echo })
    listener.setLine({ ...OPEN_LINE, toClientMs: Infinity })
    const client = await bench.connect()
    client.send('a', 'b')
    await until(() => seen.length === 2)
    listener.setLine(OPEN_LINE)
    expect(await client.receive(2)).toEqual(['a', 'b'])
  })

  it('that is slow delays requests and responses by the clock', async () => {
    const clock = new WatchedClock()
    const listener = await bench.listen({ handler: echo, clock })
    listener.setLine({ ...OPEN_LINE, toBrokerMs: 10, toClientMs: 20 })
    const client = await bench.connect()
    client.send('a', 'b')
    await until(() => clock.delays.includes(10))
    await clock.advance(9)
    expect(seen).toEqual([])
    await clock.advance(1)
    expect(seen).toEqual(['a', 'b'])
    await roundTrip(bench.network)
    expect(client.receivedCount).toBe(0)
    await clock.advance(20)
    expect(await client.receive(2)).toEqual(['a', 'b'])
  })

  it('of a paused broker holds requests that have arrived before', async () => {
    const answers: (() => void)[] = []
    const listener = await bench.listen({
      handler: (frame) => {
        seen.push(String(frame))
        return new Promise((resolve) => answers.push(() => resolve([framed(Buffer.from(frame))])))
      },
    })
    const client = await bench.connect()
    client.send('a', 'b')
    await until(() => seen.length === 1)
    listener.setLine({ ...OPEN_LINE, isPaused: true })
    answers[0]!()
    await roundTrip(bench.network)
    expect(seen).toEqual(['a'])
    expect(client.receivedCount).toBe(0)
    listener.setLine(OPEN_LINE)
    expect(await client.receive()).toEqual(['a'])
    answers[1]!()
    expect(await client.receive()).toEqual(['b'])
  })
})
