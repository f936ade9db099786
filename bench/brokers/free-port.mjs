import { once } from 'node:events'
import { createServer } from 'node:net'

/** Kafka's controller listens this far above its broker. */
const controllerDistance = 50

/**
 * Returns the first free port from here on whose controller port is also free. Otherwise a response
 * of another program on the port would be taken for the broker's.
 *
 * @param {number} from
 */
export async function freePort(from) {
  for (let port = from; port < from + controllerDistance; port++) {
    if ((await isFree(port)) && (await isFree(port + controllerDistance))) return port
  }
  throw new Error(`no port is free from ${from} on`)
}

/** @param {number} port */
async function isFree(port) {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
