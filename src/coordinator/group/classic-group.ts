import type { Timer } from '../../platform/clock.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { ClassicGroupState, isValidTransition } from './classic-group-state.ts'
import type { ClassicMember, JoinGroupResponse, MemberProtocol } from './classic-member.ts'
import type { MemberSession } from './member-session.ts'
import { ProtocolVote } from './protocol-vote.ts'
import { subscribedTopicsOf } from './subscribed-topics.ts'

/** What of a group is kept in `__consumer_offsets`, beside its members. */
export interface ClassicGroupOptions {
  readonly groupId: string
  readonly nowMs: number
  readonly state?: ClassicGroupState
  readonly generationId?: number
  readonly protocolType?: string | null
  readonly protocolName?: string | null
  readonly leaderId?: string | null
  /** `null`: not known, as in records of old versions. */
  readonly currentStateTimestampMs?: number | null
}

const CONSUMER_PROTOCOL_TYPE = 'consumer'

/**
 * A group whose members agree by JoinGroup and SyncGroup (Kafka's `ClassicGroup`): its state and its members, and the rules about
 * them. Nothing here waits, answers or writes.
 */
export class ClassicGroup {
  readonly type = 'classic'
  readonly groupId: string
  /** Ends the wait for members to join. */
  joinTimer: Timer | undefined
  /** Ends the wait for members to sync. */
  syncTimer: Timer | undefined
  /** Somebody joined during the initial rebalance delay, which is a reason to wait longer. */
  newMemberAdded = false

  #state: ClassicGroupState
  #previousState: ClassicGroupState
  #currentStateTimestampMs: number | null
  #generationId: number
  #protocolType: string | null
  #protocolName: string | null
  #leaderId: string | null
  #subscribedTopics: ReadonlySet<string> | null
  readonly #members = new Map<string, ClassicMember>()
  /** Member ids of static members, by instance id. */
  readonly #staticMembers = new Map<string, string>()
  /** Those who were given a member id and have not come back with it (KIP-394). */
  readonly #pendingJoinMembers = new Map<string, MemberSession>()
  readonly #pendingSyncMembers = new Set<string>()
  readonly #vote = new ProtocolVote()

  constructor(options: ClassicGroupOptions) {
    this.groupId = options.groupId
    this.#state = this.#previousState = options.state ?? ClassicGroupState.Empty
    this.#generationId = options.generationId ?? 0
    this.#protocolType = options.protocolType ?? null
    this.#protocolName = options.protocolName ?? null
    this.#leaderId = options.leaderId ?? null
    const { currentStateTimestampMs } = options
    this.#currentStateTimestampMs =
      currentStateTimestampMs === undefined ? options.nowMs : currentStateTimestampMs
    this.#subscribedTopics = this.#computeSubscribedTopics()
  }

  get state(): ClassicGroupState {
    return this.#state
  }

  get previousState(): ClassicGroupState {
    return this.#previousState
  }

  /** Since when it has been in its state, in milliseconds since the epoch. */
  get currentStateTimestampMs(): number | null {
    return this.#currentStateTimestampMs
  }

  get generationId(): number {
    return this.#generationId
  }

  /** `null` for a group that only keeps committed offsets, a simple one. */
  get protocolType(): string | null {
    return this.#protocolType
  }

  get protocolName(): string | null {
    return this.#protocolName
  }

  get leaderId(): string | null {
    return this.#leaderId
  }

  get members(): ReadonlyMap<string, ClassicMember> {
    return this.#members
  }

  get pendingSyncMembers(): ReadonlySet<string> {
    return this.#pendingSyncMembers
  }

  /** The topics that the members subscribe to; `null` when only they can read their metadata. */
  get subscribedTopics(): ReadonlySet<string> | null {
    return this.#subscribedTopics
  }

  get usesConsumerGroupProtocol(): boolean {
    return this.#protocolType === CONSUMER_PROTOCOL_TYPE
  }

  get canRebalance(): boolean {
    return isValidTransition(this.#state, ClassicGroupState.PreparingRebalance)
  }

  get awaitingJoinCount(): number {
    let count = 0
    for (const member of this.#members.values()) if (member.awaitingJoin !== null) count++
    return count
  }

  get hasAllMembersJoined(): boolean {
    return this.#pendingJoinMembers.size === 0 && this.awaitingJoinCount === this.#members.size
  }

  /** The longest that any member asked for. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const { rebalanceTimeoutMs } of this.#members.values()) {
      longest = Math.max(longest, rebalanceTimeoutMs)
    }
    return longest
  }

  isLeader(memberId: string): boolean {
    return this.#leaderId === memberId
  }

  isSubscribedTo(topic: string): boolean {
    return this.#subscribedTopics?.has(topic) ?? this.usesConsumerGroupProtocol
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId)
  }

  isPendingMember(memberId: string): boolean {
    return this.#pendingJoinMembers.has(memberId)
  }

  addPendingMember(memberId: string, session: MemberSession): void {
    this.#pendingJoinMembers.set(memberId, session)
  }

  removePendingSyncMember(memberId: string): void {
    this.#pendingSyncMembers.delete(memberId)
  }

  addPendingSyncMember(memberId: string): void {
    this.#pendingSyncMembers.add(memberId)
  }

  /** Whether somebody with these protocols could be a member. */
  supportsProtocols(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.#state === ClassicGroupState.Empty) return protocolType !== '' && protocols.length > 0
    return (
      this.#protocolType === protocolType &&
      this.#vote.isSupportedByAll(protocols, this.#members.size)
    )
  }

  /** Whether the member is the one it says it is, alive and not replaced by another with its instance id. */
  validateMember(memberId: string, groupInstanceId: string | null): ErrorCode {
    if (groupInstanceId !== null) {
      const current = this.#staticMembers.get(groupInstanceId)
      if (current === undefined) return ErrorCode.UnknownMemberId
      if (current !== memberId) return ErrorCode.FencedInstanceId
    }
    return this.#members.has(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId
  }

  add(member: ClassicMember, protocolType: string): void {
    if (member.groupInstanceId !== null) {
      this.#staticMembers.set(member.groupInstanceId, member.memberId)
    }
    if (this.#members.size === 0) this.#protocolType = protocolType
    this.#leaderId ??= member.memberId
    this.#pendingJoinMembers.get(member.memberId)?.end()
    this.#pendingJoinMembers.delete(member.memberId)
    this.#members.set(member.memberId, member)
    this.#vote.add(member.protocols)
  }

  /** Takes a member out, pending or not, and ends its session. Nobody is told. */
  remove(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member !== undefined) {
      this.#members.delete(memberId)
      this.#vote.remove(member.protocols)
      member.session.end()
      if (member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId)
    }
    if (this.isLeader(memberId)) this.#leaderId = this.#members.keys().next().value ?? null
    this.#pendingJoinMembers.get(memberId)?.end()
    this.#pendingJoinMembers.delete(memberId)
    this.#pendingSyncMembers.delete(memberId)
  }

  /** Puts a static member in the place of the one that had its instance id; nobody is told. */
  replaceStaticMember(oldMember: ClassicMember, newMember: ClassicMember): void {
    const wasLeader = this.isLeader(oldMember.memberId)
    this.remove(oldMember.memberId)
    this.add(newMember, this.#protocolType!)
    if (wasLeader) this.#leaderId = newMember.memberId
  }

  updateMember(
    member: ClassicMember,
    request: {
      protocols: readonly MemberProtocol[]
      rebalanceTimeoutMs: number
      sessionTimeoutMs: number
    },
  ): void {
    this.#vote.remove(member.protocols)
    member.protocols = request.protocols
    this.#vote.add(member.protocols)
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    member.sessionTimeoutMs = request.sessionTimeoutMs
  }

  selectProtocol(): string {
    return this.#vote.select(this.#members)
  }

  /** Keeps the leader if it has rejoined, or takes the first member that has; says whether there is one. */
  maybeElectNewJoinedLeader(): boolean {
    if (this.#leaderId === null) return false
    if (this.#members.get(this.#leaderId)?.awaitingJoin) return true
    for (const member of this.#members.values()) {
      if (member.awaitingJoin === null) continue
      this.#leaderId = member.memberId
      return true
    }
    return false
  }

  /** The members have joined: settles what they have in common. Without members the group is empty. */
  initNextGeneration(nowMs: number): void {
    this.#generationId++
    const isEmpty = this.#members.size === 0
    this.#protocolName = isEmpty ? null : this.selectProtocol()
    this.#subscribedTopics = this.#computeSubscribedTopics()
    this.transitionTo(
      isEmpty ? ClassicGroupState.Empty : ClassicGroupState.CompletingRebalance,
      nowMs,
    )
    this.#pendingSyncMembers.clear()
  }

  transitionTo(state: ClassicGroupState, nowMs: number): void {
    if (!isValidTransition(this.#state, state)) {
      throw new Error(`group ${this.groupId} cannot go from ${this.#state} to ${state}`)
    }
    this.#previousState = this.#state
    this.#state = state
    this.#currentStateTimestampMs = nowMs
  }

  /** What the leader is told of the members. */
  describeMembersToLeader(): JoinGroupResponse['members'] {
    return [...this.#members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadata(this.#protocolName!),
    }))
  }

  /** After members of a loaded group were added. */
  refreshSubscribedTopics(): void {
    this.#subscribedTopics = this.#computeSubscribedTopics()
  }

  /** The session of a member, pending or not. */
  session(memberId: string): MemberSession | undefined {
    return this.#members.get(memberId)?.session ?? this.#pendingJoinMembers.get(memberId)
  }

  /** The sessions of all members, the pending ones among them. */
  *sessions(): Generator<MemberSession> {
    for (const { session } of this.#members.values()) yield session
    yield* this.#pendingJoinMembers.values()
  }

  #computeSubscribedTopics(): ReadonlySet<string> | null {
    if (!this.usesConsumerGroupProtocol) return null
    if (this.#members.size === 0) return new Set()
    const protocolName = this.#protocolName
    if (protocolName === null) return null
    return subscribedTopicsOf([...this.#members.values()].map((m) => m.metadata(protocolName)))
  }
}
