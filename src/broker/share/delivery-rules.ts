/** The rules of a share group for the delivery of records. They can change at any time. */
export interface DeliveryRules {
  /** The number of deliveries after which a record is not delivered again. */
  readonly maxDeliveryCount: number
  /** Whether records that are not delivered again are written to a dead-letter topic. */
  readonly hasDeadLetterTopic: boolean
}
