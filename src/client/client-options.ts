import type { Clock } from '../platform/clock.ts'
import type { Network } from '../platform/network.ts'
import type { Random } from '../platform/random.ts'

/** Everything of the machine that a client uses. A simulation passes its own. */
export interface ClientEnvironment {
  readonly network: Pick<Network, 'connect'>
  readonly clock: Clock
  readonly random: Random
}

/** Options of a client. Names and defaults follow Kafka's Java clients. */
export interface ClientOptions {
  /** `host[:port],…`: the brokers to connect to first. */
  readonly bootstrapServers: string
  /** Sent with every request. Default `odradek`. */
  readonly clientId?: string
  /**
   * The timeout of a connection attempt, in milliseconds (`socket.connection.setup.timeout.ms`).
   * Default 10,000.
   */
  readonly connectTimeoutMs?: number
  /** The timeout of a response, in milliseconds (`request.timeout.ms`). Default 30,000. */
  readonly requestTimeoutMs?: number
  /**
   * The time for which an operation is retried, in milliseconds (`default.api.timeout.ms`). Default
   * 60,000.
   */
  readonly retryTimeoutMs?: number
  /**
   * The first delay between two attempts; it doubles with each attempt (`retry.backoff.ms`).
   * Default 100.
   */
  readonly retryBackoffMs?: number
  /** The longest delay between two attempts (`retry.backoff.max.ms`). Default 1,000. */
  readonly retryBackoffMaxMs?: number
  /** The first delay before a new connection to a broker (`reconnect.backoff.ms`). Default 50. */
  readonly reconnectBackoffMs?: number
  /** The longest of these delays (`reconnect.backoff.max.ms`). Default 1,000. */
  readonly reconnectBackoffMaxMs?: number
  /**
   * The age at which metadata is fetched again before it is used (`metadata.max.age.ms`). Default
   * 300,000.
   */
  readonly metadataMaxAgeMs?: number
  /**
   * The time after which operations fail with `UNREACHABLE` if no broker of the cluster can be
   * reached, instead of being retried. Default: only the limit of the operation.
   */
  readonly unreachableTimeoutMs?: number
}

/** Options with their defaults filled in, and the environment, for all parts of a client. */
export interface ClientSettings extends Required<ClientOptions>, ClientEnvironment {}

/** Fills in the defaults. */
export function clientSettings(
  options: ClientOptions,
  { network, clock, random }: ClientEnvironment,
): ClientSettings {
  return {
    clientId: 'odradek',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    retryTimeoutMs: 60_000,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1_000,
    reconnectBackoffMs: 50,
    reconnectBackoffMaxMs: 1_000,
    metadataMaxAgeMs: 300_000,
    unreachableTimeoutMs: Infinity,
    ...options,
    network,
    clock,
    random,
  }
}
