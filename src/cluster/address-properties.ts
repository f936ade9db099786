import { addressText } from './address-text.ts'

interface Address {
  readonly host: string
  readonly port: number
}

/** The name of the one listener that clients and brokers use; `Listener` has it in `network/`. */
const BROKER_LISTENER = 'PLAINTEXT'
const CONTROLLER_LISTENER = 'CONTROLLER'

/** The controller runs in this process: it needs no port, and nobody can connect to it. */
const NO_PORT = 0

/**
 * Returns the properties that a KRaft broker is started with so that it has these addresses: its roles, its listeners and
 * the controller.
 *
 * @param listener the address that is bound
 * @param advertised the address that clients are told
 * @param controller id and host of the broker that is the controller too
 */
export function addressProperties(
  brokerId: number,
  listener: Address,
  advertised: Address,
  controller: { readonly id: number; readonly host: string },
): Readonly<Record<string, string>> {
  const isController = controller.id === brokerId
  const listeners = [`${BROKER_LISTENER}://${addressText(listener)}`]
  if (isController) {
    listeners.push(
      `${CONTROLLER_LISTENER}://${addressText({ host: listener.host, port: NO_PORT })}`,
    )
  }
  return {
    'process.roles': isController ? 'broker,controller' : 'broker',
    listeners: listeners.join(','),
    'advertised.listeners': `${BROKER_LISTENER}://${addressText(advertised)}`,
    'listener.security.protocol.map': `${BROKER_LISTENER}:PLAINTEXT,${CONTROLLER_LISTENER}:PLAINTEXT`,
    'inter.broker.listener.name': BROKER_LISTENER,
    'controller.listener.names': CONTROLLER_LISTENER,
    'controller.quorum.voters': `${controller.id}@${addressText({ host: controller.host, port: NO_PORT })}`,
  }
}
