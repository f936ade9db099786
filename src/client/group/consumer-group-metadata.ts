/** The identity of a consumer in its group, with which offsets are committed (KIP-447). */
export interface ConsumerGroupMetadata {
  readonly groupId: string
  /** -1 if the consumer is not a member. Default -1. */
  readonly generationId?: number
  /** Empty if the consumer is not a member. Default empty. */
  readonly memberId?: string
  /** The id of a static member. Default `null`. */
  readonly groupInstanceId?: string | null
}
