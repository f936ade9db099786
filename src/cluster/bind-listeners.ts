import type { AdvertiseAddress } from '../broker/advertised-address.ts'
import type { Broker } from '../broker/broker.ts'
import type { ResolvedListener } from './resolve-listeners.ts'
import { listenError } from './start-errors.ts'

/**
 * Binds the listeners of a broker one after the other. Returns their ports by name.
 *
 * @param earlier the ports of an earlier start, which are bound again
 * @throws OdradekError `PORT_UNAVAILABLE`
 */
export async function bindListeners(
  broker: Broker,
  listeners: readonly ResolvedListener[],
  earlier: ReadonlyMap<string, number> | undefined,
  keepAlive: boolean,
): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>()
  for (const { name, host, port: wanted } of listeners) {
    const address = { name, host, port: earlier?.get(name) ?? wanted }
    const port = await broker.listen(address, keepAlive).catch((error: unknown) => {
      throw listenError(error, address)
    })
    ports.set(name, port)
  }
  return ports
}

/** Returns the functions that return addresses to clients, by listener. */
export function advertiseByListener(
  listeners: readonly ResolvedListener[],
): ReadonlyMap<string, AdvertiseAddress> {
  return new Map(
    listeners.flatMap(({ name, advertise }) =>
      advertise === undefined ? [] : [[name, advertise] as const],
    ),
  )
}
