import { addressText } from './address-text.ts'
import { CONTROLLER_LISTENER, type ResolvedListener } from './resolve-listeners.ts'

/** The controllers run in this process: they need no port, and no client can connect to them. */
const NO_PORT = 0

/** The security protocol of all listeners. */
const PROTOCOL = 'PLAINTEXT'

/**
 * Returns the properties of a KRaft broker with these addresses: its roles, its listeners and the
 * voters of the metadata quorum.
 *
 * @param ports the bound ports by the names of the listeners; before they are bound, those to bind
 * @param voters ids and hosts of the brokers of the cluster, each of which is also a controller
 */
export function addressProperties(
  listeners: readonly ResolvedListener[],
  ports: ReadonlyMap<string, number>,
  voters: readonly { readonly id: number; readonly host: string }[],
): Readonly<Record<string, string>> {
  const bound = listeners.map(({ name, host }) => endpoint(name, host, ports.get(name)!))
  const advertised = listeners.map(({ name, advertisedHost, advertisedPort }) =>
    endpoint(name, advertisedHost, advertisedPort ?? ports.get(name)!),
  )
  const names = [...listeners.map(({ name }) => name), CONTROLLER_LISTENER]
  const controller = endpoint(CONTROLLER_LISTENER, listeners[0]!.host, NO_PORT)
  return {
    'process.roles': 'broker,controller',
    listeners: [...bound, controller].join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': names.map((name) => `${name}:${PROTOCOL}`).join(','),
    'controller.listener.names': CONTROLLER_LISTENER,
    'controller.quorum.voters': voters
      .map(({ id, host }) => `${id}@${addressText({ host, port: NO_PORT })}`)
      .join(','),
  }
}

function endpoint(name: string, host: string, port: number): string {
  return `${name}://${addressText({ host, port })}`
}
