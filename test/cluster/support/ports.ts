import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * The workers of a test run are numbered, and runs at the same time have parents with different
 * ids. A port must stay free while a broker is stopped, so no other worker may get it. The harness
 * of Kafka's integration tests takes ports from 10,000 on.
 */
const FIRST_PORT = 4000
const PORTS_PER_WORKER = 20
const WORKERS_PER_RUN = 16
const RUNS = 15
const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS_PER_RUN
const firstPort = FIRST_PORT + ((process.ppid % RUNS) * WORKERS_PER_RUN + worker) * PORTS_PER_WORKER
let nextPort = firstPort

/** Listens on a port (0: a free one) until the end of the test. Rejects if it is in use. */
export async function occupy(port: number): Promise<{ port: number; free: () => Promise<void> }> {
  const server = await listenOn(port)
  const free = (): Promise<void> => closeServer(server)
  onTestFinished(free)
  return { port: (server.address() as { port: number }).port, free }
}

/**
 * Returns the first of `count` consecutive free ports. They are from a range that operating systems
 * do not use for ephemeral ports, and no other call returns them soon.
 */
export async function portsInARow(count: number): Promise<number> {
  for (;;) {
    if (nextPort + count > firstPort + PORTS_PER_WORKER) nextPort = firstPort
    const first = nextPort
    nextPort += count
    const held = await Promise.allSettled(
      Array.from({ length: count }, (_, index) => listenOn(first + index)),
    )
    const free = held.filter((result) => result.status === 'fulfilled')
    await Promise.all(free.map(({ value }) => closeServer(value)))
    if (free.length === count) return first
  }
}

async function listenOn(port: number): Promise<Server> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve())
    else resolve()
  })
}
