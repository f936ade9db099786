/** One broker of a running cluster. */
export interface BrokerInfo {
  /** 1 for the first. */
  readonly id: number
  /** Where clients reach it. */
  readonly host: string
  readonly port: number
}
