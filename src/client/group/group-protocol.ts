/** A member of a group, as its leader is told of it. */
export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** What the member sent for the protocol that was chosen. */
  readonly metadata: Uint8Array
}

/** What the members of a classic group agree on: consumers have one such protocol, Connect's workers another. */
export interface GroupProtocol {
  /** Such as `consumer`. */
  readonly type: string
  /** Returns the protocols that this member can use, the preferred one first, with what it says of itself. */
  candidates(): readonly { readonly name: string; readonly metadata: Uint8Array }[]
  /** Called on the leader. Returns the assignment of each member, by member id. */
  assign(
    protocolName: string,
    members: readonly JoinedMember[],
  ): Promise<ReadonlyMap<string, Uint8Array>>
}

/** What a member has after it has joined. */
export interface JoinedGeneration {
  readonly generationId: number
  readonly memberId: string
  readonly protocolName: string
  readonly isLeader: boolean
  /** Empty when the leader has assigned nothing. */
  readonly assignment: Uint8Array
}

/** Options of a member. Names and defaults follow Kafka's Java consumer. */
export interface GroupMemberOptions {
  readonly groupId: string
  /** Makes it a static member (KIP-345). */
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long the others wait for this member in a rebalance, and how long it may stay away from `notePoll`. */
  readonly rebalanceTimeoutMs: number
}
