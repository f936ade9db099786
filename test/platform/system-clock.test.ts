import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { SystemClock } from '../../src/platform/system-clock.ts'

test('what arrived before a deadline is read before the deadline fires, however late the event loop is', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  const clock = new SystemClock()
  onTestFinished(() => {
    clock.close()
    client.destroy()
    server.close()
  })
  const seen: string[] = []
  accepted.on('data', () => seen.push('request'))
  const fired = new Promise<void>((resolve) => {
    clock.schedule(5, () => {
      seen.push('deadline')
      resolve()
    })
  })
  client.write('request')
  const lateMs = Date.now() + 50
  while (Date.now() < lateMs);
  await fired
  expect(seen).toEqual(['request', 'deadline'])
})
