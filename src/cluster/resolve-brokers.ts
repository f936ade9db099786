import { addressText } from './address-text.ts'
import {
  brokerRules,
  checkOptions,
  invalidOption,
  MAX_BROKER_ID,
  MAX_BROKERS,
} from './option-rules.ts'
import type { BrokerOptions, ClusterOptions, Configs } from './options.ts'
import {
  resolveListeners,
  type AddressOptions,
  type Place,
  type ResolvedListener,
} from './resolve-listeners.ts'

/** Options of one broker. */
export interface ResolvedBroker {
  readonly id: number
  /** The listeners of the broker; the first one is the default of clients. */
  readonly listeners: readonly ResolvedListener[]
  /** The configs of only this broker, which override the cluster's. */
  readonly config: Configs
}

/** Returns the options from which the addresses of the brokers follow. */
export function addressOptions(options: ClusterOptions): AddressOptions {
  const { host, port, advertisedHost, advertisedPort, listeners } = options
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(advertisedHost !== undefined && { advertisedHost }),
    ...(advertisedPort !== undefined && { advertisedPort }),
    ...(listeners !== undefined && { listeners }),
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
  const added = resolveBroker(addresses, broker, id, { index, count: index + 1 }, '')
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
  const { brokers = 1, firstBrokerId = 1 } = options
  const each: readonly BrokerOptions[] =
    typeof brokers === 'number' ? Array.from({ length: brokers }, () => ({})) : brokers
  if (firstBrokerId + each.length - 1 > MAX_BROKER_ID) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('firstBrokerId')} ${firstBrokerId} is too large for ${each.length} brokers: the largest id is ${MAX_BROKER_ID}`,
    )
  }
  const resolved = each.map((broker, index) => {
    const prefix = `brokers[${index}].`
    checkOptions(broker, brokerRules, 'a broker', prefix)
    const place = { index, count: each.length }
    return resolveBroker(options, broker, firstBrokerId + index, place, prefix)
  })
  checkAddresses(resolved)
  return resolved
}

function resolveBroker(
  addresses: AddressOptions,
  broker: BrokerOptions,
  id: number,
  place: Place,
  prefix: string,
): ResolvedBroker {
  const listeners = resolveListeners(addresses, broker, place, prefix)
  return { id, listeners, config: configOf(broker, prefix) }
}

function configOf({ rack, config = {} }: BrokerOptions, prefix: string): Configs {
  if (rack === undefined) return config
  if (!Object.hasOwn(config, 'broker.rack')) return { ...config, 'broker.rack': rack }
  throw invalidOption(
    (nameOf) =>
      `${nameOf(`${prefix}rack`)} and its config 'broker.rack' are both set: omit one of them`,
  )
}

/**
 * If two brokers have the same advertised address, clients of the listener can reach only one of
 * them; and two listeners cannot bind the same one.
 */
function checkAddresses(brokers: readonly ResolvedBroker[]): void {
  const bound = new Map<string, string>()
  const advertised = new Map<string, number>()
  for (const { id, listeners } of brokers) {
    for (const { name, host, port, advertisedHost, advertisedPort } of listeners) {
      const told = { host: advertisedHost, port: advertisedPort ?? port }
      const owner = told.port === 0 ? undefined : claim(advertised, name, told, id)
      if (owner !== undefined) throw sameAdvertised([owner, id], told)
      const holder = port === 0 ? undefined : claim(bound, '', { host, port }, `${name} of ${id}`)
      if (holder !== undefined) throw sameBound(`${holder} and ${name} of ${id}`, port)
    }
  }
}

/** Returns the earlier owner of an address. */
function claim<T>(
  owners: Map<string, T>,
  scope: string,
  address: { readonly host: string; readonly port: number },
  owner: T,
): T | undefined {
  const key = `${scope} ${addressText(address)}`
  const earlier = owners.get(key)
  owners.set(key, owner)
  return earlier
}

function sameAdvertised(ids: readonly number[], address: { host: string; port: number }): Error {
  return invalidOption(
    (nameOf) =>
      `brokers ${ids.join(' and ')} have the same address ${addressText(address)}: give each its own ${nameOf('advertisedHost')} or ${nameOf('advertisedPort')}`,
  )
}

function sameBound(listeners: string, port: number): Error {
  return invalidOption(
    (nameOf) =>
      `the listeners ${listeners} have the same port ${port}: brokers use the ports after that of ${nameOf('listeners')}, so leave room between them`,
  )
}
