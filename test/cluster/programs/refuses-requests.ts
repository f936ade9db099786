// Clients send requests that a broker refuses; the log goes to stderr.
import { connect } from 'node:net'
import { once } from 'node:events'
import { startCluster } from '../../../src/index.ts'

/** Returns a request without body: header v1, followed by the rest of this header version. */
function request(apiKey: number, apiVersion: number, clientId: string): Buffer {
  const bytes = Buffer.alloc(14 + clientId.length)
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt16BE(apiKey, 4)
  bytes.writeInt16BE(apiVersion, 6)
  bytes.writeInt32BE(1, 8)
  bytes.writeInt16BE(clientId.length, 12)
  bytes.write(clientId, 14)
  return bytes
}

/** Returns a request like random bytes: its client id ends after the frame. */
function frame(apiKey: number, apiVersion: number, clientIdLength: number): Buffer {
  const bytes = request(apiKey, apiVersion, '')
  bytes.writeInt16BE(clientIdLength, 12)
  return bytes
}

/** Returns ApiVersions v3 of a client that sends its software name. */
function hello(name: string, version: string): Buffer {
  const body = [name, version].flatMap((text) => [text.length + 1, ...Buffer.from(text)])
  const bytes = Buffer.concat([request(18, 3, ''), Buffer.from([0, ...body, 0])])
  bytes.writeInt32BE(bytes.length - 4, 0)
  return bytes
}

async function send(...requests: Buffer[]): Promise<void> {
  const socket = connect(port, '127.0.0.1').resume()
  for (const bytes of requests) socket.write(bytes)
  await once(socket, 'close')
}

const cluster = await startCluster()
const { port } = cluster.brokers[0]!
for (let times = 0; times < 2; times++) {
  await send(request(19, 1, 'old'))
  await send(hello('sarama', '1.2.3'), request(19, 1, 'old'))
  await send(request(17, 1, 'secure'))
  await send(request(6, 1, ''), Buffer.alloc(0))
  await send(request(1234, 1, 'strange'))
  await send(request(4321 + times, 1, `random ${times}`))
  await send(frame(31617, 12986 + times, 4218))
  await send(request(3, 4, 'short'))
  await send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await send(Buffer.from([0xff, 0xff, 0xff, times]))
  await send(Buffer.from([0x7f, 0xff, 0xff, times]))
  await send(Buffer.from(`hel${times}`))
}
await cluster.close()
