import { advertiseClientHost, type AdvertiseAddress } from '../broker/advertised-address.ts'
import { parseListener } from './listener-address.ts'
import type { ListenerOptions } from './listener-options.ts'
import { checkOptions, invalidOption, listenerRules } from './option-rules.ts'
import type { BrokerOptions, ClusterOptions } from './options.ts'

/** A listener of one broker. */
export interface ResolvedListener {
  readonly name: string
  readonly host: string
  /** The port to bind; 0 means a free one. */
  readonly port: number
  /** The host that clients get. */
  readonly advertisedHost: string
  /** The port that clients get; `undefined` for the bound one. */
  readonly advertisedPort: number | undefined
  /** Returns the address for one client; `undefined` if it does not depend on the client. */
  readonly advertise: AdvertiseAddress | undefined
}

/** The options from which the listeners of all brokers follow. */
export type AddressOptions = Pick<
  ClusterOptions,
  'host' | 'port' | 'advertisedHost' | 'advertisedPort' | 'listeners'
>

/** The place of a broker among the brokers of a cluster. */
export interface Place {
  readonly index: number
  readonly count: number
}

/** A broker with listeners of its own uses their ports as they are. */
const FIRST_OF_ONE: Place = { index: 0, count: 1 }

/** The name of the only listener of a broker without the option `listeners`. */
const DEFAULT_NAME = 'PLAINTEXT'

/** The listener of the controllers, which no client can connect to. */
export const CONTROLLER_LISTENER = 'CONTROLLER'

/** Kafka's default map gives listeners of these names a protocol that is not emulated. */
const SECURED: readonly string[] = ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

const LAST_PORT = 65535

/** The options of the default listener, which a list of listeners replaces. */
const ofDefaultListener = ['host', 'port', 'advertisedHost', 'advertisedPort'] as const

/**
 * Returns the listeners of a broker. The first one is the default of clients.
 *
 * @param place the place of the broker among the others, by which its ports differ
 * @param prefix the text before the names of the broker's options in messages
 * @throws OdradekError `INVALID_OPTION`, which names the option and the allowed values
 */
export function resolveListeners(
  cluster: AddressOptions,
  broker: BrokerOptions,
  place: Place,
  prefix: string,
): ResolvedListener[] {
  const given = broker.listeners ?? cluster.listeners
  if (given === undefined) return [defaultListener(cluster, broker, place)]
  checkExcluded(cluster, '')
  checkExcluded(broker, prefix)
  const isOwn = broker.listeners !== undefined
  const option = isOwn ? `${prefix}listeners` : 'listeners'
  const listeners = given.map((each, at) =>
    resolveListener(each, isOwn ? FIRST_OF_ONE : place, `${option}[${at}]`),
  )
  const names = listeners.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice === undefined) return listeners
  throw invalidOption(
    (nameOf) => `${nameOf(option)} contains the name ${twice} twice: give each its own name`,
  )
}

function defaultListener(
  cluster: AddressOptions,
  broker: BrokerOptions,
  place: Place,
): ResolvedListener {
  const { host = '127.0.0.1', port = 0, advertisedHost, advertisedPort } = cluster
  return {
    name: DEFAULT_NAME,
    host,
    port: portOf(port, place, 'port'),
    advertisedHost: broker.advertisedHost ?? advertisedHost ?? reachable(host),
    advertisedPort:
      broker.advertisedPort ?? advertisedPortOf(advertisedPort, place, 'advertisedPort'),
    advertise: undefined,
  }
}

function resolveListener(
  given: string | ListenerOptions,
  place: Place,
  option: string,
): ResolvedListener {
  const listener = typeof given === 'string' ? parseListener(given, option) : given
  checkOptions(listener, listenerRules, 'a listener', `${option}.`)
  const { host = '127.0.0.1', port = 0, advertisedHost, advertisedPort, advertise } = listener
  return {
    name: nameOfListener(listener, option),
    host,
    port: portOf(port, place, `${option}.port`),
    advertisedHost: advertisedHost ?? reachable(host),
    advertisedPort: advertisedPortOf(advertisedPort, place, `${option}.advertisedPort`),
    advertise: advertise === 'client-host' ? advertiseClientHost : advertise,
  }
}

/** Listener names are in upper case, as in Kafka. */
function nameOfListener({ name }: ListenerOptions, option: string): string {
  const text = (name as string | undefined)?.toUpperCase()
  if (text === undefined) throw invalidOption((nameOf) => `${nameOf(`${option}.name`)} is missing`)
  if (text === CONTROLLER_LISTENER) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf(option)} cannot be named ${text}, the listener of the controllers: use another name`,
    )
  }
  if (!SECURED.includes(text)) return text
  throw invalidOption(
    (nameOf) =>
      `${nameOf(option)} cannot be named ${text}: the only security protocol is PLAINTEXT. Use another name for a listener without security`,
  )
}

function checkExcluded(options: AddressOptions | BrokerOptions, prefix: string): void {
  const given = Object.entries(options)
  const excluded = ofDefaultListener.find((each) =>
    given.some(([name, value]) => name === each && value !== undefined),
  )
  if (excluded === undefined) return
  throw invalidOption(
    (nameOf) =>
      `${nameOf(`${prefix}${excluded}`)} cannot be used with ${nameOf('listeners')}: set the address of each listener`,
  )
}

function portOf(first: number, place: Place, option: string): number {
  return first === 0 ? 0 : portAfter(first, place, option)
}

function advertisedPortOf(
  first: number | undefined,
  place: Place,
  option: string,
): number | undefined {
  return first === undefined ? undefined : portAfter(first, place, option)
}

function portAfter(first: number, { index, count }: Place, option: string): number {
  const port = first + index
  if (port <= LAST_PORT) return port
  throw invalidOption(
    (nameOf) =>
      `${nameOf(option)} ${first} is too large for ${count} brokers: they use consecutive ports, and the last port is ${LAST_PORT}`,
  )
}

/** Clients cannot connect to an address that means all interfaces. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
}
