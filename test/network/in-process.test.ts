import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { InProcessNetwork } from '../../src/network/in-process.ts'
import { systemTurn } from '../../src/platform/turn.ts'
import { Bench, framed } from './support.ts'

describe('the in-process network', () => {
  it('is accepted as a socket by kafkajs', async () => {
    const network = new InProcessNetwork(systemTurn)
    const bench = new Bench(network)
    const apiKeys: number[] = []
    await bench.listen({
      handler: (frame) => {
        const request = Buffer.from(frame)
        apiKeys.push(request.readInt16BE(0))
        const correlationId = request.readInt32BE(4)
        return [
          framed(
            request.readInt16BE(0) === 18
              ? apiVersions(correlationId)
              : metadata(correlationId, bench.listener.port),
          ),
        ]
      },
    })
    const kafka = new Kafka({
      brokers: [`localhost:${bench.listener.port}`],
      socketFactory: network.socketFactory as never,
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    })
    const admin = kafka.admin()
    await admin.connect()
    expect(await admin.listTopics()).toEqual([])
    await admin.disconnect()
    expect(apiKeys).toContain(3)
    await bench.close()
  })

  it('refuses kafkajs if nothing listens', async () => {
    const { socketFactory } = new InProcessNetwork(systemTurn)
    const kafka = new Kafka({
      brokers: ['localhost:9092'],
      socketFactory: socketFactory as never,
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    })
    await expect(kafka.admin().connect()).rejects.toThrow('ECONNREFUSED')
  })

  it("gives clients copies, so that they cannot change the broker's data", async () => {
    const bench = new Bench(new InProcessNetwork(systemTurn))
    const kept = framed(Buffer.from('kept'))
    await bench.listen({ handler: () => [kept] })
    const { host, port } = bench.listener
    const client = bench.network.connect(host, port)
    client.write(framed(Buffer.from('fetch')))
    const chunk = await new Promise<Buffer>((resolve) => client.once('data', resolve))
    chunk.fill(0)
    expect(String(kept.subarray(4))).toBe('kept')
    client.destroy()
    await bench.close()
  })

  it('is separate from every other one', async () => {
    const bench = new Bench(new InProcessNetwork(systemTurn))
    const { host, port } = await bench.listen({ handler: () => [] })
    const stranger = new InProcessNetwork(systemTurn).connect(host, port)
    expect(await new Promise((resolve) => stranger.once('error', resolve))).toMatchObject({
      code: 'ECONNREFUSED',
    })
    await bench.close()
  })
})

/** Returns an ApiVersions v0 response with only Metadata, up to v1. */
function apiVersions(correlationId: number): Buffer {
  const body = Buffer.alloc(4 + 2 + 4 + 2 * 6)
  body.writeInt32BE(correlationId, 0)
  body.writeInt32BE(2, 6)
  body.writeInt16BE(3, 10)
  body.writeInt16BE(0, 12)
  body.writeInt16BE(1, 14)
  body.writeInt16BE(18, 16)
  return body
}

/** Returns a Metadata v1 response: one broker, controller 0, no topics. */
function metadata(correlationId: number, port: number): Buffer {
  const host = Buffer.from('127.0.0.1')
  const body = Buffer.alloc(4 + 4 + 4 + 2 + host.length + 4 + 2 + 4 + 4)
  body.writeInt32BE(correlationId, 0)
  body.writeInt32BE(1, 4)
  body.writeInt16BE(host.length, 12)
  body.set(host, 14)
  body.writeInt32BE(port, 14 + host.length)
  body.writeInt16BE(-1, 18 + host.length)
  return body
}
