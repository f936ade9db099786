/** The part of a classic group that is stored in `__consumer_offsets`. Times in milliseconds. */
export interface StoredGroup {
  /** `null` for a group that has only committed offsets. */
  readonly protocolType: string | null
  readonly generationId: number
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** The time of its last change of state; `null` in records of old versions. */
  readonly currentStateTimestampMs: number | null
  /** With members the group is stable, without members it is empty. */
  readonly members: readonly StoredMember[]
}

/** The part of a member that is stored in `__consumer_offsets`. */
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
