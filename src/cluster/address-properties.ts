import { addressText } from './address-text.ts'

interface Address {
  readonly host: string
  readonly port: number
}

/**
 * The name of the only listener, for clients and brokers; `Listener` in `network/` uses the same.
 */
const BROKER_LISTENER = 'PLAINTEXT'
const CONTROLLER_LISTENER = 'CONTROLLER'

/** The controllers run in this process: they need no port, and no client can connect to them. */
const NO_PORT = 0

/**
 * Returns the properties of a KRaft broker with these addresses: its roles, its listeners and the
 * voters of the metadata quorum.
 *
 * @param listener the bound address
 * @param advertised the address that clients get
 * @param voters ids and hosts of the brokers of the cluster, each of which is also a controller
 */
export function addressProperties(
  listener: Address,
  advertised: Address,
  voters: readonly { readonly id: number; readonly host: string }[],
): Readonly<Record<string, string>> {
  const controllerAddress = addressText({ host: listener.host, port: NO_PORT })
  return {
    'process.roles': 'broker,controller',
    listeners: `${BROKER_LISTENER}://${addressText(listener)},${CONTROLLER_LISTENER}://${controllerAddress}`,
    'advertised.listeners': `${BROKER_LISTENER}://${addressText(advertised)}`,
    'listener.security.protocol.map': `${BROKER_LISTENER}:PLAINTEXT,${CONTROLLER_LISTENER}:PLAINTEXT`,
    'inter.broker.listener.name': BROKER_LISTENER,
    'controller.listener.names': CONTROLLER_LISTENER,
    'controller.quorum.voters': voters
      .map(({ id, host }) => `${id}@${addressText({ host, port: NO_PORT })}`)
      .join(','),
  }
}
