import { addressText } from './address-text.ts'
import {
  brokerRules,
  checkOptions,
  invalidOption,
  MAX_BROKER_ID,
  MAX_BROKERS,
} from './option-rules.ts'
import type { BrokerOptions, ClusterOptions, Configs } from './options.ts'

/** Options of one broker. */
export interface ResolvedBroker {
  readonly id: number
  /** The port to bind; 0 means a free one. */
  readonly port: number
  /** The host that clients get. */
  readonly advertisedHost: string
  /** The port that clients get; `undefined` for the bound one. */
  readonly advertisedPort: number | undefined
  /** The configs of only this broker, which override the cluster's. */
  readonly config: Configs
}

const LAST_PORT = 65535

/** The options from which the addresses of the brokers follow. */
export type AddressOptions = Pick<
  ClusterOptions,
  'host' | 'port' | 'advertisedHost' | 'advertisedPort'
>

/** Returns the options from which the addresses of the brokers follow. */
export function addressOptions(options: ClusterOptions): AddressOptions {
  const { host, port, advertisedHost, advertisedPort } = options
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(advertisedHost !== undefined && { advertisedHost }),
    ...(advertisedPort !== undefined && { advertisedPort }),
  }
}

/**
 * Returns a broker that is added to a cluster. Its id is the next one, and its port and address
 * follow those of the others.
 *
 * @throws OdradekError `INVALID_OPTION`, which names the option and the allowed values
 */
export function resolveAddedBroker(
  broker: BrokerOptions,
  others: readonly ResolvedBroker[],
  addresses: AddressOptions,
): ResolvedBroker {
  checkOptions(broker, brokerRules, 'addBroker')
  const ids = others.map(({ id }) => id)
  const id = Math.max(...ids) + 1
  const index = id - Math.min(...ids)
  if (id > MAX_BROKER_ID || others.length === MAX_BROKERS) {
    throw invalidOption(
      () =>
        `The cluster has ${others.length} brokers, up to id ${id - 1}: it can have at most ${MAX_BROKERS}, and ids up to ${MAX_BROKER_ID}`,
    )
  }
  checkPorts('port', addresses.port ?? 0, index + 1)
  checkPorts('advertisedPort', addresses.advertisedPort ?? 0, index + 1)
  const added = resolveBroker(addresses, broker, id, index, '')
  checkAddresses([...others, added])
  return added
}

/**
 * Returns the brokers of the options, ordered by id. The first one has the given port.
 *
 * @param options individually valid options
 * @throws OdradekError `INVALID_OPTION`, which names the option and the allowed values
 */
export function resolveBrokers(options: ClusterOptions): ResolvedBroker[] {
  const { brokers = 1, firstBrokerId = 1, port = 0 } = options
  const each: readonly BrokerOptions[] =
    typeof brokers === 'number' ? Array.from({ length: brokers }, () => ({})) : brokers
  if (firstBrokerId + each.length - 1 > MAX_BROKER_ID) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('firstBrokerId')} ${firstBrokerId} is too large for ${each.length} brokers: the largest id is ${MAX_BROKER_ID}`,
    )
  }
  checkPorts('port', port, each.length)
  checkPorts('advertisedPort', options.advertisedPort ?? 0, each.length)
  const resolved = each.map((broker, index) => {
    const prefix = `brokers[${index}].`
    checkOptions(broker, brokerRules, 'a broker', prefix)
    return resolveBroker(options, broker, firstBrokerId + index, index, prefix)
  })
  checkAddresses(resolved)
  return resolved
}

function resolveBroker(
  addresses: AddressOptions,
  broker: BrokerOptions,
  id: number,
  index: number,
  prefix: string,
): ResolvedBroker {
  const { port = 0 } = addresses
  return {
    id,
    port: port === 0 ? 0 : port + index,
    ...advertisedAddress(addresses, broker, index),
    config: configOf(broker, prefix),
  }
}

function checkPorts(option: 'port' | 'advertisedPort', first: number, count: number): void {
  if (first + count - 1 <= LAST_PORT) return
  throw invalidOption(
    (nameOf) =>
      `${nameOf(option)} ${first} is too large for ${count} brokers: they use consecutive ports, and the last port is ${LAST_PORT}`,
  )
}

function advertisedAddress(
  { host = '127.0.0.1', advertisedHost, advertisedPort }: AddressOptions,
  broker: BrokerOptions,
  index: number,
): Pick<ResolvedBroker, 'advertisedHost' | 'advertisedPort'> {
  return {
    advertisedHost: broker.advertisedHost ?? advertisedHost ?? reachable(host),
    advertisedPort:
      broker.advertisedPort ?? (advertisedPort === undefined ? undefined : advertisedPort + index),
  }
}

/** Clients cannot connect to an address that means all interfaces. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
}

function configOf({ rack, config = {} }: BrokerOptions, prefix: string): Configs {
  if (rack === undefined) return config
  if (!Object.hasOwn(config, 'broker.rack')) return { ...config, 'broker.rack': rack }
  throw invalidOption(
    (nameOf) =>
      `${nameOf(`${prefix}rack`)} and its config 'broker.rack' are both set: omit one of them`,
  )
}

/** If two brokers have the same address, clients can reach only one of them. */
function checkAddresses(brokers: readonly ResolvedBroker[]): void {
  const owners = new Map<string, number>()
  for (const { id, port, advertisedHost, advertisedPort } of brokers) {
    const told = { host: advertisedHost, port: advertisedPort ?? port }
    if (told.port === 0) continue
    const address = addressText(told)
    const owner = owners.get(address)
    owners.set(address, id)
    if (owner === undefined) continue
    throw invalidOption(
      (nameOf) =>
        `brokers ${owner} and ${id} have the same address ${address}: give each its own ${nameOf('advertisedHost')} or ${nameOf('advertisedPort')}`,
    )
  }
}
