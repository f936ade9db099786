/** One broker of a running cluster. */
export interface BrokerInfo {
  /** Kafka's `node.id`. */
  readonly id: number
  /** Where clients reach it. */
  readonly host: string
  readonly port: number
}
