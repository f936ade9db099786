import type { GroupContext } from '../group-context.ts'
import type { GroupConnection } from '../group-request-context.ts'
import { MemberSession, RECONNECT_GRACE_MS, UNANSWERED_GRACE_MS } from '../member-session.ts'
import { fenceMember } from './fence-member.ts'
import type { MemberObserver } from '../modern/member-observer.ts'
import type { ShareGroup } from './share-group.ts'
import type { ShareMember } from './share-member.ts'
import { sessionTimeoutMs } from './share-group-config.ts'

/** The sessions of the members of a share group. They are not stored. */
export class ShareSessions implements MemberObserver<ShareMember> {
  readonly #group: ShareGroup
  readonly #context: GroupContext
  readonly #sessions = new Map<string, MemberSession>()
  #isStarted = false

  constructor(group: ShareGroup, context: GroupContext) {
    this.#group = group
    this.#context = context
  }

  started(members: Iterable<ShareMember>): void {
    this.#isStarted = true
    for (const member of members) this.memberChanged(member)
  }

  memberChanged({ memberId }: ShareMember): void {
    if (!this.#isStarted || this.#sessions.has(memberId)) return
    const { clock } = this.#context
    const session = new MemberSession(clock, {
      expired: () => this.#fence(memberId, `the session of member ${memberId} expired`),
      disconnected: () => this.#fence(memberId, `the connection of member ${memberId} closed`),
      graceMs: (isEndedByClient) => (isEndedByClient ? UNANSWERED_GRACE_MS : RECONNECT_GRACE_MS),
    })
    this.#sessions.set(memberId, session)
    this.renew(memberId)
  }

  renew(memberId: string): void {
    this.#sessions.get(memberId)?.renew(sessionTimeoutMs(this.#context, this.#group.groupId))
  }

  bind(memberId: string, connection: GroupConnection): void {
    this.#sessions.get(memberId)?.bind(connection)
  }

  memberRemoved(memberId: string): void {
    this.#sessions.get(memberId)?.end()
    this.#sessions.delete(memberId)
    this.#context.timers.cancel(this.#key(memberId))
  }

  stopped(): void {
    for (const memberId of this.#sessions.keys()) this.memberRemoved(memberId)
  }

  /** The timer tries again if the records cannot be appended. */
  #fence(memberId: string, cause: string): void {
    this.#context.timers.run(this.#key(memberId), () => {
      const member = this.#group.members.get(memberId)
      return member === undefined ? [] : fenceMember(this.#context, this.#group, member, cause)
    })
  }

  #key(memberId: string): string {
    return `share-fence ${this.#group.groupId} ${memberId}`
  }
}
