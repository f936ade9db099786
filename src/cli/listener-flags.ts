import { InvalidArgumentError } from 'commander'
import { parseListener } from '../cluster/listener-address.ts'
import type { ListenerOptions } from '../cluster/listener-options.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { CliError } from './cli-error.ts'

/** A value of `--advertised-listener`. */
export interface AdvertisedListener {
  readonly name: string
  readonly address: Pick<ListenerOptions, 'advertisedHost' | 'advertisedPort' | 'advertise'>
}

const CLIENT_HOST = '://client-host'

/** Parses `NAME://host:port`. */
export function listener(text: string): ListenerOptions {
  try {
    return parseListener(text, '--listener')
  } catch (error) {
    if (!(error instanceof OdradekError)) throw error
    throw new InvalidArgumentError('It must be NAME://host:port.')
  }
}

/** Parses `NAME://host:port`, or `NAME://client-host`. */
export function advertisedListener(text: string): AdvertisedListener {
  if (text.endsWith(CLIENT_HOST)) {
    return { name: text.slice(0, -CLIENT_HOST.length), address: { advertise: 'client-host' } }
  }
  const { name, host, port } = listener(text)
  return { name, address: { advertisedHost: host!, advertisedPort: port! } }
}

/**
 * Returns the listeners with their advertised addresses.
 *
 * @throws CliError for an advertised address without a listener
 */
export function listenersOf(
  listeners: readonly ListenerOptions[],
  advertised: readonly AdvertisedListener[],
): ListenerOptions[] {
  const isNamed = (each: { readonly name: string }, other: { readonly name: string }): boolean =>
    each.name.toUpperCase() === other.name.toUpperCase()
  const unknown = advertised.find((each) => !listeners.some((other) => isNamed(each, other)))
  if (unknown !== undefined) {
    throw new CliError(
      `--advertised-listener ${unknown.name}: there is no listener of this name; add it with --listener`,
    )
  }
  return listeners.map((each) => ({
    ...each,
    ...advertised.find((other) => isNamed(each, other))?.address,
  }))
}
