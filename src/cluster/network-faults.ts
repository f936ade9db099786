import type { NetworkEnd } from './links/links.ts'

export type { NetworkEnd } from './links/links.ts'

/** A fault that was caused on purpose, until it is ended. */
export interface Fault extends AsyncDisposable {
  /**
   * Ends the fault. Resolves when the brokers that are reachable again have the current metadata
   * and are in service. Calling it twice, or after the cluster was closed, does nothing.
   */
  heal(): Promise<void>
}

/**
 * The network of a cluster: between its brokers, its controllers and its clients. Each method
 * causes a fault immediately, and returns it. Faults add up.
 *
 * A message between brokers is lost when its link is cut. The sender notices it when the link is
 * restored, or after 30 s of the cluster's clock. The bytes of clients wait and arrive when the
 * link is restored, as with TCP: connections stay open, and new ones get no response.
 *
 * A broker that does not reach the active controller keeps its metadata as they are. The controller
 * fences it after `broker.session.timeout.ms` of the cluster's clock: its partitions get other
 * leaders.
 */
export interface Network {
  /**
   * Splits the network: ends of different groups do not reach each other. Ends that no group names
   * reach all others.
   *
   * ```ts
   * const split = cluster.network.partition([[1], [2, 3, 'clients']])
   * await cluster.broker(1).waitFor('fenced')
   * await split.heal()
   * ```
   *
   * @throws OdradekError `UNKNOWN_BROKER`; `INVALID_OPTION` with fewer than two groups, or with an
   * end in two groups
   */
  partition(groups: readonly (readonly NetworkEnd[])[]): Fault
  /**
   * Cuts the link between two ends, in both directions.
   *
   * @throws OdradekError `UNKNOWN_BROKER`; `INVALID_OPTION` if neither or both are the same broker
   */
  cut(one: NetworkEnd, other: NetworkEnd): Fault
  /** Cuts one direction of a link: messages from `from` to `to` are lost. */
  cutOneWay(from: NetworkEnd, to: NetworkEnd): Fault
  /** Delays each message between two ends by `ms` milliseconds of the cluster's clock. */
  delay(one: NetworkEnd, other: NetworkEnd, options: { readonly ms: number }): Fault
  /** Ends all faults of the network, also those of brokers. Paused brokers stay paused. */
  heal(): Promise<void>
}
