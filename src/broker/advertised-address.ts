import type { ConnectionInfo } from '../network/request-connection.ts'

/** A client that asks for the address of a broker. */
export interface AddressRequest {
  /** The broker that the client gets the address of. */
  readonly brokerId: number
  /** The listener that the client is connected to. */
  readonly listener: string
  /** The address that the broker has registered for this listener. */
  readonly host: string
  readonly port: number
  /** The address of the client. */
  readonly clientHost: string
  readonly clientPort: number
  /** The address by which the client has reached the broker that answers. */
  readonly localHost: string
  readonly localPort: number
}

/**
 * Returns the address of a broker for one client; `undefined` or a missing part means the
 * registered one.
 */
export type AdvertiseAddress = (
  request: AddressRequest,
) => { readonly host?: string; readonly port?: number } | undefined

/**
 * Returns each broker with the host by which the client has reached this one. All brokers of a
 * cluster are on the same machine.
 */
export const advertiseClientHost: AdvertiseAddress = ({ localHost }) => ({ host: localHost })

/** Returns the address of a broker for the client of a connection. */
export function advertisedAddress(
  advertise: AdvertiseAddress | undefined,
  brokerId: number,
  registered: { readonly host: string; readonly port: number },
  connection: ConnectionInfo,
): { host: string; port: number } {
  const { host, port } = registered
  if (advertise === undefined) return { host, port }
  const { clientHost, clientPort, localHost, localPort, listenerName: listener } = connection
  const client = { clientHost, clientPort, localHost, localPort }
  return { host, port, ...advertise({ brokerId, listener, host, port, ...client }) }
}
