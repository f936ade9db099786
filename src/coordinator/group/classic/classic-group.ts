import type { Timer } from '../../../platform/clock.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupConnection } from '../group-request-context.ts'
import type { CommitOrigin, Committer, Group, ListedGroup, RetentionStart } from '../group.ts'
import type { GroupSnapshot } from '../group-snapshot.ts'
import { assignedPartitionsOf } from './assigned-partitions.ts'
import { ClassicGroupState, isValidTransition } from './classic-group-state.ts'
import { ClassicMember } from './classic-member.ts'
import type { MemberProtocol } from './classic-member.ts'
import { ClassicMembers } from './classic-members.ts'
import type { MemberSession } from '../member-session.ts'
import { UNKNOWN_MEMBER_ID, joinError, syncError } from './responses.ts'
import type { StoredGroup, StoredMember } from './stored-group.ts'
import { subscribedTopicsOf } from './subscribed-topics.ts'

/** Callbacks of a group to the rules of rebalances. */
export interface ClassicGroupHooks {
  nowMs(): number
  /** Returns the session of a new member. It starts with the first `renew`. */
  openSession(group: ClassicGroup, memberId: string): MemberSession
  /** Starts the actions that the state of a loaded group needs. */
  onLoaded(group: ClassicGroup): void
  /** Asks all members to join again. */
  rebalance(group: ClassicGroup, cause: string): void
  /** Called when the state has changed in memory, and at no other time. */
  onTransition(group: ClassicGroup): void
  /** Called when members were added or removed in memory. */
  onMembersChanged(group: ClassicGroup): void
}

const CONSUMER_PROTOCOL_TYPE = 'consumer'

/**
 * A group that uses JoinGroup and SyncGroup (Kafka's `ClassicGroup`): its state, its members, and
 * their rules. The stored states (stable and empty) change only by {@link replay}. A rebalance in
 * between exists only in memory, as in Kafka.
 */
export class ClassicGroup implements Group {
  readonly type = 'classic'
  readonly expires = true
  readonly groupId: string
  readonly members: ClassicMembers
  /** Ends the wait for members to join. */
  joinTimer: Timer | undefined
  /** Ends the wait for members to sync. */
  syncTimer: Timer | undefined
  /** Whether a member joined during the initial rebalance delay, which then starts again. */
  newMemberAdded = false

  readonly #hooks: ClassicGroupHooks
  #state: ClassicGroupState = ClassicGroupState.Empty
  #previousState: ClassicGroupState = ClassicGroupState.Empty
  #currentStateTimestampMs: number | null
  #generationId = 0
  #protocolType: string | null = null
  #protocolName: string | null = null
  #subscribedTopics: ReadonlySet<string> | null = null

  constructor(groupId: string, hooks: ClassicGroupHooks) {
    this.groupId = groupId
    this.#hooks = hooks
    this.#currentStateTimestampMs = hooks.nowMs()
    this.members = new ClassicMembers(() => hooks.onMembersChanged(this))
  }

  get state(): ClassicGroupState {
    return this.#state
  }

  get previousState(): ClassicGroupState {
    return this.#previousState
  }

  get generationId(): number {
    return this.#generationId
  }

  /** `null` for a simple group, which has only committed offsets. */
  get protocolType(): string | null {
    return this.#protocolType
  }

  get protocolName(): string | null {
    return this.#protocolName
  }

  get isEmpty(): boolean {
    return this.#state === ClassicGroupState.Empty
  }

  get canRebalance(): boolean {
    return isValidTransition(this.#state, ClassicGroupState.PreparingRebalance)
  }

  /** Whether a member with these protocols could join. */
  supportsProtocols(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.isEmpty) return protocolType !== '' && protocols.length > 0
    return this.#protocolType === protocolType && this.members.supportAny(protocols)
  }

  add(member: ClassicMember, protocolType: string): void {
    if (this.members.size === 0) this.#protocolType = protocolType
    this.members.add(member)
  }

  /**
   * Called when the members have joined: selects their common protocol. A group without members
   * becomes empty.
   */
  initNextGeneration(): void {
    const isEmpty = this.members.size === 0
    this.#generationId++
    this.#protocolName = isEmpty ? null : this.members.selectProtocol()
    this.#subscribedTopics = this.#computeSubscribedTopics()
    this.transitionTo(isEmpty ? ClassicGroupState.Empty : ClassicGroupState.CompletingRebalance)
    this.members.pendingSync.clear()
  }

  transitionTo(state: ClassicGroupState): void {
    if (!isValidTransition(this.#state, state)) {
      throw new Error(`group ${this.groupId} cannot go from ${this.#state} to ${state}`)
    }
    this.#previousState = this.#state
    this.#state = state
    this.#currentStateTimestampMs = this.#hooks.nowMs()
    this.#hooks.onTransition(this)
  }

  /** Returns the stored form of the group, optionally with other members. */
  toStored(members?: readonly StoredMember[]): StoredGroup {
    return {
      protocolType: this.#protocolType,
      generationId: this.#generationId,
      protocolName: this.#protocolName,
      leaderId: this.members.leaderId,
      currentStateTimestampMs: this.#currentStateTimestampMs,
      members:
        members ??
        [...this.members].map((member) => member.toStored(this.#protocolName, member.assignment)),
    }
  }

  /** Returns the stored form of the next generation when it has no members. */
  toStoredEmpty(): StoredGroup {
    return {
      ...this.toStored([]),
      generationId: this.#generationId + 1,
      protocolName: null,
      currentStateTimestampMs: this.#hooks.nowMs(),
    }
  }

  /** Applies a record: with members the group is stable, without members it is empty. */
  replay(stored: StoredGroup): void {
    this.#protocolType = stored.protocolType
    this.#protocolName = stored.protocolName
    this.#generationId = stored.generationId
    const members = stored.members.map((member) => this.#replayMember(member))
    this.members.reset(members, stored.leaderId)
    this.#previousState = this.#state
    this.#state = members.length > 0 ? ClassicGroupState.Stable : ClassicGroupState.Empty
    this.#currentStateTimestampMs = stored.currentStateTimestampMs
    this.#subscribedTopics = this.#computeSubscribedTopics()
  }

  /**
   * Sets the time of the current state. Kafka writes the record of a stable group before it becomes
   * stable.
   */
  stampState(): void {
    this.#currentStateTimestampMs = this.#hooks.nowMs()
  }

  asListed(): ListedGroup {
    return {
      groupId: this.groupId,
      protocolType: this.#protocolType ?? '',
      groupState: this.#state,
      groupType: this.type,
    }
  }

  snapshot(): GroupSnapshot {
    const isStable = this.#state === ClassicGroupState.Stable
    return {
      groupId: this.groupId,
      type: this.type,
      state: this.#state,
      epoch: this.#generationId,
      members: [...this.members].map((member) => ({
        memberId: member.memberId,
        instanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        epoch: this.#generationId,
        assignment: isStable ? assignedPartitionsOf(member.assignment) : new Map(),
      })),
    }
  }

  isSubscribedTo(topic: string): boolean {
    return this.#subscribedTopics?.has(topic) ?? this.usesConsumerProtocol
  }

  /** A rebalance that is in progress satisfies the request. */
  rebalance(cause: string): GroupRecord[] {
    if (this.canRebalance && !this.isEmpty) this.#hooks.rebalance(this, cause)
    return []
  }

  /** Producers that do not send the generation of a consumer may commit at any time (KIP-447). */
  validateOffsetCommit(
    committer: Committer,
    { isTransactional }: Pick<CommitOrigin, 'isTransactional'>,
  ): ApiError | undefined {
    const { memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = committer
    if (generationId < 0 && this.isEmpty) return undefined
    if (generationId >= 0 || memberId !== UNKNOWN_MEMBER_ID || groupInstanceId !== null) {
      const error = this.members.validate(memberId, groupInstanceId)
      if (error !== undefined) return error
      if (generationId !== this.#generationId) return ApiError.of(ErrorCode.IllegalGeneration)
    } else if (!isTransactional && !this.isEmpty) {
      return ApiError.of(ErrorCode.UnknownMemberId)
    }
    // The member has the new generation from its JoinGroup, but no assignment yet.
    return !isTransactional && this.#state === ClassicGroupState.CompletingRebalance
      ? ApiError.of(ErrorCode.RebalanceInProgress)
      : undefined
  }

  /** Any client may fetch the offsets of a classic group. */
  validateOffsetFetch(): undefined {
    return undefined
  }

  /**
   * A group with another protocol than the consumers' must be empty, because the topics of its
   * members are unknown.
   */
  validateOffsetDelete(): ApiError | undefined {
    return this.usesConsumerProtocol ? undefined : this.validateDelete()
  }

  validateDelete(): ApiError | undefined {
    return this.isEmpty ? undefined : ApiError.of(ErrorCode.NonEmptyGroup)
  }

  /** According to KIP-211. */
  offsetRetention(): RetentionStart | undefined {
    if (this.#protocolType === null) return sinceCommit
    if (this.isEmpty) {
      return ({ commitTimestampMs }) => this.#currentStateTimestampMs ?? commitTimestampMs
    }
    const knowsSubscriptions = this.usesConsumerProtocol && this.#subscribedTopics !== null
    return knowsSubscriptions && this.#state === ClassicGroupState.Stable ? sinceCommit : undefined
  }

  tombstones(): GroupRecord[] {
    return [{ kind: 'classicGroupMetadata', groupId: this.groupId, metadata: null }]
  }

  onOffsetsCommitted(memberId: string): void {
    if (
      this.#state !== ClassicGroupState.Stable &&
      this.#state !== ClassicGroupState.PreparingRebalance
    ) {
      return
    }
    const member = this.members.get(memberId)
    member?.session.renew(member.sessionTimeoutMs)
  }

  /** Static members stay without a connection. */
  bindConnection(memberId: string, connection: GroupConnection): void {
    if (this.members.get(memberId)?.isStatic) return
    this.members.session(memberId)?.bind(connection)
  }

  onLoaded(): void {
    this.#hooks.onLoaded(this)
  }

  /** A group with members is deleted when it becomes a consumer group: they have to join again. */
  onDeleted(): void {
    this.#stop(ErrorCode.RebalanceInProgress)
  }

  onUnloaded(): void {
    this.transitionTo(ClassicGroupState.Dead)
    this.#stop(ErrorCode.NotCoordinator)
  }

  /** Stops all timers, and answers waiting requests with the error. */
  #stop(errorCode: ErrorCode): void {
    this.joinTimer?.cancel()
    this.syncTimer?.cancel()
    this.members.endSessions()
    this.refuseWaiting(errorCode)
  }

  /** Answers waiting requests with the error. */
  refuseWaiting(errorCode: ErrorCode): void {
    for (const member of this.members) {
      member.completeJoin(joinError(member.memberId, errorCode))
      member.completeSync(syncError(errorCode))
    }
  }

  /** Whether its members are consumers, whose subscriptions and assignments Kafka can read. */
  get usesConsumerProtocol(): boolean {
    return this.#protocolType === CONSUMER_PROTOCOL_TYPE
  }

  /**
   * A member that already exists keeps what is not in records: its session, its other protocols,
   * its parked requests.
   */
  #replayMember(stored: StoredMember): ClassicMember {
    const { memberId } = stored
    const existing = this.members.get(memberId)
    if (existing !== undefined) {
      existing.replay(stored, this.#protocolName)
      return existing
    }
    const protocols = [{ name: this.#protocolName ?? '', metadata: stored.subscription }]
    return new ClassicMember({
      ...stored,
      protocols,
      session: this.#hooks.openSession(this, memberId),
    })
  }

  /** `null` if only the members themselves can read their metadata. */
  #computeSubscribedTopics(): ReadonlySet<string> | null {
    if (!this.usesConsumerProtocol) return null
    if (this.members.size === 0) return new Set()
    const protocolName = this.#protocolName
    if (protocolName === null) return null
    return subscribedTopicsOf([...this.members].map((member) => member.metadata(protocolName)))
  }
}

const sinceCommit: RetentionStart = ({ commitTimestampMs }) => commitTimestampMs
