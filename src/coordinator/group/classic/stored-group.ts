/** The part of a classic group that `__consumer_offsets` keeps. Times in milliseconds. */
export interface StoredGroup {
  /** `null` for a group that only keeps committed offsets. */
  readonly protocolType: string | null
  readonly generationId: number
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** Since when it is in its state; `null` in records of old versions. */
  readonly currentStateTimestampMs: number | null
  /** With members the group is stable, without it is empty. */
  readonly members: readonly StoredMember[]
}

/** The part of a member that `__consumer_offsets` keeps. */
export interface StoredMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  /** The member's metadata for the protocol of the group. */
  readonly subscription: Uint8Array
  readonly assignment: Uint8Array
}
