/** A broker of a running cluster. */
export interface BrokerInfo {
  /** Kafka's `node.id`. */
  readonly id: number
  /** The advertised address, which clients get. */
  readonly host: string
  readonly port: number
  /**
   * The bound address. It differs with `advertisedHost` and `advertisedPort`, and with a host such
   * as `0.0.0.0`.
   */
  readonly listener: { readonly host: string; readonly port: number }
}
