import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ClassicMember, JoinGroupResponse, MemberProtocol } from './classic-member.ts'
import type { MemberSession } from '../member-session.ts'
import { ProtocolVote, selectProtocol } from './protocol-vote.ts'

/**
 * The members of a classic group: its leader, its static members, and those for which the group
 * waits.
 */
export class ClassicMembers {
  leaderId: string | null = null
  /** Ids of members of the new generation that have not sent SyncGroup. */
  readonly pendingSync = new Set<string>()
  readonly #members = new Map<string, ClassicMember>()
  /** Member ids of static members, by instance id. */
  readonly #staticMembers = new Map<string, string>()
  /** Clients that got a member id and have not joined again with it (KIP-394). */
  readonly #pendingJoin = new Map<string, MemberSession>()
  readonly #vote = new ProtocolVote()
  readonly #onChange: () => void

  /** @param onChange called when a member was added or removed */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get size(): number {
    return this.#members.size
  }

  get(memberId: string): ClassicMember | undefined {
    return this.#members.get(memberId)
  }

  [Symbol.iterator](): IterableIterator<ClassicMember> {
    return this.#members.values()
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId
  }

  /** Returns the member id of a static member. */
  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId)
  }

  isPending(memberId: string): boolean {
    return this.#pendingJoin.has(memberId)
  }

  addPending(memberId: string, session: MemberSession): void {
    this.#pendingJoin.set(memberId, session)
  }

  add(member: ClassicMember): void {
    const { memberId } = member
    this.leaderId ??= memberId
    this.#pendingJoin.get(memberId)?.end()
    this.#pendingJoin.delete(memberId)
    this.#put(member)
  }

  /** Removes a member, pending or not, and ends its session. Does not notify anything. */
  remove(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member !== undefined) {
      this.#members.delete(memberId)
      this.#vote.remove(member)
      member.session.end()
      if (member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId)
      this.#onChange()
    }
    if (this.isLeader(memberId)) this.leaderId = this.#members.keys().next().value ?? null
    this.#pendingJoin.get(memberId)?.end()
    this.#pendingJoin.delete(memberId)
    this.pendingSync.delete(memberId)
  }

  /**
   * Replaces a static member by its successor with the same instance id. Does not notify anything.
   */
  replace(oldMember: ClassicMember, newMember: ClassicMember): void {
    const wasLeader = this.isLeader(oldMember.memberId)
    this.remove(oldMember.memberId)
    this.add(newMember)
    if (wasLeader) this.leaderId = newMember.memberId
  }

  /** Sets the members, in this order, and ends the sessions of all others. */
  reset(members: readonly ClassicMember[], leaderId: string | null): void {
    const kept = new Set(members)
    for (const member of this) {
      if (kept.has(member)) continue
      member.session.end()
      this.pendingSync.delete(member.memberId)
    }
    this.#members.clear()
    this.#staticMembers.clear()
    this.#vote.clear()
    for (const member of members) this.#put(member)
    this.leaderId = leaderId
  }

  /** Updates a member from its next JoinGroup. */
  update(
    member: ClassicMember,
    request: {
      readonly protocols: readonly MemberProtocol[]
      readonly rebalanceTimeoutMs: number
      readonly sessionTimeoutMs: number
    },
  ): void {
    this.#vote.remove(member)
    member.protocols = request.protocols
    this.#vote.add(member)
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    member.sessionTimeoutMs = request.sessionTimeoutMs
  }

  /**
   * Returns an error if the member does not exist, or was replaced by another one with its
   * instance id.
   */
  validate(memberId: string, groupInstanceId: string | null): ApiError | undefined {
    if (groupInstanceId !== null) {
      const current = this.#staticMembers.get(groupInstanceId)
      if (current === undefined) return ApiError.of(ErrorCode.UnknownMemberId)
      if (current !== memberId) return ApiError.of(ErrorCode.FencedInstanceId)
    }
    return this.#members.has(memberId) ? undefined : ApiError.of(ErrorCode.UnknownMemberId)
  }

  /** Whether all members support one of these protocols. */
  supportAny(protocols: readonly MemberProtocol[]): boolean {
    return this.#vote.isSupportedByAll(protocols, this.size)
  }

  /**
   * Returns the protocol that the members choose, or would choose with `newMember` in place of
   * `oldMember`.
   */
  selectProtocol(oldMember?: ClassicMember, newMember?: ClassicMember): string {
    const voters = [...this]
    if (newMember === undefined) return selectProtocol(voters)
    return selectProtocol([...voters.filter((member) => member !== oldMember), newMember])
  }

  get awaitingJoinCount(): number {
    let count = 0
    for (const member of this) if (member.awaitingJoin !== null) count++
    return count
  }

  get haveAllJoined(): boolean {
    return this.#pendingJoin.size === 0 && this.awaitingJoinCount === this.size
  }

  /** The longest rebalance timeout of the members. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const { rebalanceTimeoutMs } of this) longest = Math.max(longest, rebalanceTimeoutMs)
    return longest
  }

  /**
   * Keeps the leader if it has rejoined; otherwise chooses the first member that has. Returns
   * whether there is one.
   */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.#members.get(this.leaderId)?.awaitingJoin) return true
    for (const member of this) {
      if (member.awaitingJoin === null) continue
      this.leaderId = member.memberId
      return true
    }
    return false
  }

  /** Returns the members in the form that the leader gets. */
  describe(protocolName: string): JoinGroupResponse['members'] {
    return [...this].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadata(protocolName),
    }))
  }

  /** Returns the session of a member, pending or not. */
  session(memberId: string): MemberSession | undefined {
    return this.#members.get(memberId)?.session ?? this.#pendingJoin.get(memberId)
  }

  /** Ends the sessions of all members, pending or not. */
  endSessions(): void {
    for (const { session } of this) session.end()
    for (const session of this.#pendingJoin.values()) session.end()
  }

  #put(member: ClassicMember): void {
    this.#members.set(member.memberId, member)
    this.#vote.add(member)
    this.#onChange()
    if (member.groupInstanceId !== null) {
      this.#staticMembers.set(member.groupInstanceId, member.memberId)
    }
  }
}
