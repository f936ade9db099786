import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { onTestFinished } from 'vitest'

/** Listens on a port, 0 for a free one, until the test is over. Rejects when it is in use. */
export async function occupy(port: number): Promise<{ port: number; free: () => Promise<void> }> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const free = (): Promise<void> => closeServer(server)
  onTestFinished(free)
  return { port: (server.address() as { port: number }).port, free }
}

/**
 * The first of `count` free ports in a row, from a range that the systems give to nobody who asks for just any port, so
 * that they are free a moment later, too.
 */
export async function portsInARow(count: number): Promise<number> {
  for (let first = 20_000 + (process.pid % 1000) * 10; ; first += count) {
    const held = await Promise.allSettled(
      Array.from({ length: count }, (_, index) => occupy(first + index)),
    )
    const free = held.filter((result) => result.status === 'fulfilled')
    await Promise.all(free.map(({ value }) => value.free()))
    if (free.length === count) return first
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve())
    else resolve()
  })
}
