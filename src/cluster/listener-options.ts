import type { AdvertiseAddress } from '../broker/advertised-address.ts'

/** A listener of a broker. */
export interface ListenerOptions {
  /**
   * Kafka's name of the listener: letters, digits, `_`, `.` and `-`, in upper case. Clients get the
   * addresses of the listener by which they came. The security protocol is always PLAINTEXT.
   */
  readonly name: string
  /** The address to bind. Default: `127.0.0.1`. */
  readonly host?: string
  /** The port of the first broker; the others use the ports after it. Default: 0, free ports. */
  readonly port?: number
  /** The host that clients get. Default: `host`, or `127.0.0.1` if that means all addresses. */
  readonly advertisedHost?: string
  /** The port that clients get for the first broker. Default: the bound port. */
  readonly advertisedPort?: number
  /**
   * Returns addresses that depend on the client, in the responses that name brokers.
   * `client-host` is the host by which the client has reached the broker: for containers and port
   * forwards without a fixed address. A function gets the client and the broker that the client
   * asks for; it is synchronous, and if it throws, the connection of the client is closed.
   * Default: every client gets the registered address.
   *
   * ```ts
   * advertise: ({ brokerId, clientHost, port }) =>
   *   clientHost.startsWith('172.') ? { host: `kafka-${brokerId}`, port } : undefined
   * ```
   */
  readonly advertise?: 'client-host' | AdvertiseAddress
}
