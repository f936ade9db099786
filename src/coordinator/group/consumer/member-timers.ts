import type { GroupConnection } from '../group-request-context.ts'
import type { GroupContext } from '../group-context.ts'
import { MemberSession, RECONNECT_GRACE_MS, UNANSWERED_GRACE_MS } from '../member-session.ts'
import { isAwaited, stopClassicTimers } from '../migration/classic-member-timers.ts'
import { MemberState } from '../modern/member-state.ts'
import type { ConsumerGroup, ConsumerMemberObserver } from './consumer-group.ts'
import { sessionTimeoutMs } from './consumer-group-config.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { fenceMembers } from './fence-members.ts'

/**
 * The timers of the members of a consumer group: their sessions, and how long they may take to
 * revoke partitions. All follow from the state of the group, and are not stored.
 */
export class MemberTimers implements ConsumerMemberObserver {
  readonly #group: ConsumerGroup
  readonly #context: GroupContext
  readonly #sessions = new Map<string, MemberSession>()
  #isStarted = false

  constructor(group: ConsumerGroup, context: GroupContext) {
    this.#group = group
    this.#context = context
  }

  /** As in Kafka, stored members of the classic protocol first get the timeout of the group. */
  started(members: Iterable<ConsumerMember>): void {
    this.#isStarted = true
    const timeoutMs = sessionTimeoutMs(this.#context, this.#group.groupId)
    for (const member of members) {
      this.#openSession(member.memberId, timeoutMs)
      this.assignmentChanged(member)
    }
  }

  memberChanged({ memberId }: ConsumerMember): void {
    if (!this.#isStarted || this.#sessions.has(memberId)) return
    this.#openSession(memberId, this.#timeoutMsOf(memberId))
  }

  /** A member that has to revoke partitions must do so within its rebalance timeout. */
  assignmentChanged(member: ConsumerMember): void {
    if (!this.#isStarted) return
    const { memberId, memberEpoch, state, rebalanceTimeoutMs, classicMetadata } = member
    const key = this.#rebalanceKey(memberId)
    const { timers } = this.#context
    const isRevoking = state === MemberState.UnrevokedPartitions && classicMetadata === null
    if (!isRevoking || memberEpoch < 0) return timers.cancel(key)
    timers.schedule(key, rebalanceTimeoutMs, () =>
      this.#group.members.get(memberId)?.memberEpoch === memberEpoch
        ? this.#fence(memberId, `member ${memberId} did not give up its partitions in time`)
        : [],
    )
  }

  renew(memberId: string): void {
    this.#sessions.get(memberId)?.renew(this.#timeoutMsOf(memberId))
  }

  memberRemoved(memberId: string): void {
    this.#sessions.get(memberId)?.end()
    this.#sessions.delete(memberId)
    this.#context.timers.cancel(this.#rebalanceKey(memberId))
    this.#context.timers.cancel(this.#fenceKey(memberId))
    stopClassicTimers(this.#context, this.#group.groupId, memberId)
  }

  bind(memberId: string, connection: GroupConnection): void {
    this.#sessions.get(memberId)?.bind(connection)
  }

  stopped(): void {
    for (const memberId of this.#sessions.keys()) this.memberRemoved(memberId)
  }

  /** Members of the classic protocol bring their own session timeout. */
  #timeoutMsOf(memberId: string): number {
    const { classicMetadata = null } = this.#group.members.get(memberId) ?? {}
    return classicMetadata?.sessionTimeoutMs ?? sessionTimeoutMs(this.#context, this.#group.groupId)
  }

  #openSession(memberId: string, timeoutMs: number): void {
    const { clock, timers } = this.#context
    const fence = (cause: string) => (): void =>
      timers.run(this.#fenceKey(memberId), () => this.#fence(memberId, cause))
    const session = new MemberSession(clock, {
      expired: fence(`session of member ${memberId} expired`),
      disconnected: fence(`connection of member ${memberId} closed`),
      graceMs: (isEndedByClient) => {
        const mustJoinAgain = isAwaited(this.#context, this.#group.groupId, memberId)
        return isEndedByClient && !mustJoinAgain ? UNANSWERED_GRACE_MS : RECONNECT_GRACE_MS
      },
    })
    this.#sessions.set(memberId, session)
    session.renew(timeoutMs)
  }

  #fence(memberId: string, cause: string) {
    const member = this.#group.members.get(memberId)
    return member === undefined ? [] : fenceMembers(this.#context, this.#group, [member], cause)
  }

  #rebalanceKey(memberId: string): string {
    return `consumer-rebalance-timeout ${this.#group.groupId} ${memberId}`
  }

  #fenceKey(memberId: string): string {
    return `consumer-fence ${this.#group.groupId} ${memberId}`
  }
}
