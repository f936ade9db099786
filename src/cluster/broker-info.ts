import type { ResolvedListener } from './resolve-listeners.ts'

/** An address of a listener. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** A listener of a broker. */
export interface ListenerInfo {
  /** Kafka's name of the listener, for example `PLAINTEXT`. */
  readonly name: string
  /** The advertised address. With `advertise`, clients may get another one. */
  readonly host: string
  readonly port: number
  /** The bound address. */
  readonly bound: Address
}

/** A broker of a running cluster. */
export interface BrokerInfo {
  /** Kafka's `node.id`. */
  readonly id: number
  /** The advertised address of the first listener, which clients get. */
  readonly host: string
  readonly port: number
  /**
   * The bound address of the first listener. It differs with `advertisedHost` and `advertisedPort`,
   * and with a host such as `0.0.0.0`.
   */
  readonly listener: Address
  /** All listeners of the broker. The first one is the default. */
  readonly listeners: readonly ListenerInfo[]
}

/**
 * Returns the addresses of a broker.
 *
 * @param ports the bound ports by the names of the listeners
 */
export function brokerInfo(
  id: number,
  resolved: readonly ResolvedListener[],
  ports: ReadonlyMap<string, number>,
): BrokerInfo {
  const listeners = resolved.map(({ name, host, advertisedHost, advertisedPort }) => {
    const port = ports.get(name)!
    return { name, host: advertisedHost, port: advertisedPort ?? port, bound: { host, port } }
  })
  const [{ host, port, bound }] = listeners as [ListenerInfo]
  return { id, host, port, listener: bound, listeners }
}
