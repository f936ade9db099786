import { serve, type ServerType } from '@hono/node-server'
import type { Cluster } from '../index.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { controlApi } from './control-api.ts'

/** The HTTP server that controls a cluster. */
export interface ControlServer {
  /** `http://127.0.0.1:8083` */
  readonly url: string
  /** Closes all connections and releases the port. */
  close(): Promise<void>
}

/**
 * Serves the control API on 127.0.0.1.
 *
 * @param port 0 takes a free one
 * @throws OdradekError `PORT_UNAVAILABLE`
 */
export function startControlServer(cluster: Cluster, port: number): Promise<ControlServer> {
  const hostname = '127.0.0.1'
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: controlApi(cluster).fetch, hostname, port }, (address) =>
      resolve({ url: `http://${hostname}:${address.port}`, close: () => closed(server) }),
    )
    server.once('error', (error) => {
      const message = `Port ${port} on ${hostname} cannot be used for the control API: ${error.message}. Use another one`
      reject(new OdradekError('PORT_UNAVAILABLE', message, { cause: error }))
    })
  })
}

function closed(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}
