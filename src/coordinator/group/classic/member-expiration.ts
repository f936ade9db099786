import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { UNKNOWN_MEMBER_ID, joinError, syncError } from './responses.ts'
import type { GroupContext } from '../group-context.ts'
import { ENDED_GRACE_MS, MemberSession, RECONNECT_GRACE_MS } from '../member-session.ts'
import { completeJoinIfAllJoined, maybePrepareRebalanceOrCompleteJoin } from './rebalance.ts'

/**
 * Returns the session of a member or pending member. It starts with the first `renew`. In profile
 * `test` a dynamic member is removed when it has had no open connection for {@link
 * RECONNECT_GRACE_MS}. A member whose client does not know its id yet is removed immediately,
 * because no other request can name it.
 */
export function openMemberSession(
  context: GroupContext,
  group: ClassicGroup,
  memberId: string,
): MemberSession {
  return new MemberSession(context.clock, {
    expired: () => {
      if (group.members.get(memberId)?.hasSatisfiedHeartbeat) return
      expireMember(context, group, memberId, `session of member ${memberId} expired`)
    },
    disconnected: () =>
      expireMember(context, group, memberId, `connection of member ${memberId} closed`),
    graceMs: (isEndedByClient) => {
      const member = group.members.get(memberId)
      if (member?.isAnonymous === true) return 0
      // kafka-go closes its connection before it joins again.
      const hasEnded = isEndedByClient && member?.mustJoinAgain !== true
      return hasEnded ? ENDED_GRACE_MS : RECONNECT_GRACE_MS
    },
  })
}

/** Removes a member in any state of its group, and answers its waiting request. */
export function removeMember(group: ClassicGroup, memberId: string): void {
  const member = group.members.get(memberId)
  member?.completeJoin(joinError(UNKNOWN_MEMBER_ID, ErrorCode.UnknownMemberId))
  member?.completeSync(syncError(ErrorCode.UnknownMemberId))
  group.members.remove(memberId)
}

function expireMember(
  context: GroupContext,
  group: ClassicGroup,
  memberId: string,
  cause: string,
): void {
  if (group.state === ClassicGroupState.Dead) return
  const wasPending = group.members.isPending(memberId)
  removeMember(group, memberId)
  if (!wasPending) maybeRebalanceWithout(context, group, cause)
  if (group.state === ClassicGroupState.PreparingRebalance) completeJoinIfAllJoined(context, group)
}

/**
 * Called after members were removed: lets the others share their partitions.
 *
 * @param cause in words, for the timeline of the group
 */
export function maybeRebalanceWithout(
  context: GroupContext,
  group: ClassicGroup,
  cause: string,
): void {
  switch (group.state) {
    case ClassicGroupState.Stable:
    case ClassicGroupState.CompletingRebalance:
    case ClassicGroupState.PreparingRebalance:
      return maybePrepareRebalanceOrCompleteJoin(context, group, cause)
    case ClassicGroupState.Empty:
    case ClassicGroupState.Dead:
  }
}
