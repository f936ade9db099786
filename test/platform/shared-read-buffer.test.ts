import { once } from 'node:events'
import { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemNetwork, type NetworkSocket } from '../../src/platform/network.ts'
import { readIntoSharedBuffer } from '../../src/platform/shared-read-buffer.ts'

/** Returns a client, and the socket that a server has accepted for it. */
async function connection(): Promise<[NetworkSocket, NetworkSocket]> {
  let accept: (socket: NetworkSocket) => void
  const accepted = new Promise<NetworkSocket>((resolve) => (accept = resolve))
  const server = await systemNetwork.listen({
    host: '127.0.0.1',
    port: 0,
    onSocket: (socket) => accept(socket),
    onError: () => {},
  })
  const client = systemNetwork.connect('127.0.0.1', server.port)
  await once(client, 'connect')
  const socket = await accepted
  onTestFinished(async () => {
    client.destroy()
    socket.destroy()
    await server.close()
  })
  return [client, socket]
}

describe('an accepted socket', () => {
  test('reads into memory that it shares with the others', async () => {
    const memory = new Set<ArrayBufferLike>()
    for (const text of ['first', 'second']) {
      const [client, socket] = await connection()
      for (let i = 0; i < 3; i++) {
        client.write(text)
        const [chunk] = (await once(socket, 'data')) as [Buffer]
        expect(String(chunk)).toBe(text)
        memory.add(chunk.buffer)
      }
    }
    expect(memory.size).toBe(1)
  })

  test('delivers every byte in order, and nothing while it is paused', async () => {
    const [client, socket] = await connection()
    const sent = Buffer.from(Uint8Array.from({ length: 5_000_000 }, (_, i) => i ^ (i >> 8)))
    const received: Buffer[] = []
    let isPaused = false
    socket.on('data', (chunk: Buffer) => {
      expect(isPaused).toBe(false)
      received.push(Buffer.from(chunk))
      isPaused = true
      socket.pause()
      setImmediate(() => {
        isPaused = false
        socket.resume()
      })
    })
    client.end(sent)
    await once(socket, 'end')
    expect(Buffer.compare(Buffer.concat(received), sent)).toBe(0)
    expect(received.length).toBeGreaterThan(5_000_000 / 65_537)
  })

  test('can still be written to when its peer has ended, and closes with its server', async () => {
    const [client, socket] = await connection()
    socket.resume()
    client.end('that is all')
    await once(socket, 'end')
    socket.end('goodbye')
    const [chunk] = (await once(client, 'data')) as [Buffer]
    expect(String(chunk)).toBe('goodbye')
  })
})

test('a socket that cannot read into given memory is not changed', () => {
  const socket = new Socket()
  readIntoSharedBuffer(socket)
  expect(Object.getOwnPropertySymbols(socket)).toEqual(Object.getOwnPropertySymbols(new Socket()))
})
