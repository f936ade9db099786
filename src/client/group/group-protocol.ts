/** A member of a group, as its leader gets it. */
export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** The member's metadata for the chosen protocol. */
  readonly metadata: Uint8Array
}

/** The protocol of a classic group: consumers have one, Connect's workers another. */
export interface GroupProtocol {
  /** For example `consumer`. */
  readonly type: string
  /** Returns the protocols that this member supports, in order of preference, with its metadata. */
  candidates(): readonly { readonly name: string; readonly metadata: Uint8Array }[]
  /** Called on the leader. Returns the assignment of each member, by member id. */
  assign(
    protocolName: string,
    members: readonly JoinedMember[],
  ): Promise<ReadonlyMap<string, Uint8Array>>
}

/** The state of a member after it has joined. */
export interface JoinedGeneration {
  readonly generationId: number
  readonly memberId: string
  readonly protocolName: string
  readonly isLeader: boolean
  /** Empty if the leader has assigned nothing. */
  readonly assignment: Uint8Array
}

/** Options of a member. Names and defaults follow Kafka's Java consumer. */
export interface GroupMemberOptions {
  readonly groupId: string
  /** Makes it a static member (KIP-345). */
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /**
   * The time that a rebalance waits for this member, and the maximum time between two calls of
   * `notePoll`, in milliseconds.
   */
  readonly rebalanceTimeoutMs: number
}
