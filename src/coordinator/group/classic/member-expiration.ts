import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { UNKNOWN_MEMBER_ID, joinError, syncError } from './responses.ts'
import type { GroupContext } from '../group-context.ts'
import { MemberSession } from './member-session.ts'
import { maybeCompleteJoin, maybePrepareRebalanceOrCompleteJoin } from './rebalance.ts'

/**
 * How long a dynamic member stays without an open connection, in milliseconds. Most clients
 * reconnect within a few milliseconds. Others notice the lost connection with their next heartbeat,
 * after 3 seconds by default. ARCHITECTURE.md has the measurements.
 */
export const RECONNECT_GRACE_MS = 5000

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
      expireMember(context, group, memberId)
    },
    disconnected: () => expireMember(context, group, memberId),
    graceMs: () => (group.members.get(memberId)?.isAnonymous ? 0 : RECONNECT_GRACE_MS),
  })
}

/** Removes a member in any state of its group, and answers its waiting request. */
export function removeMember(group: ClassicGroup, memberId: string): void {
  const member = group.members.get(memberId)
  member?.completeJoin(joinError(UNKNOWN_MEMBER_ID, ErrorCode.UnknownMemberId))
  member?.completeSync(syncError(ErrorCode.UnknownMemberId))
  group.members.remove(memberId)
}

function expireMember(context: GroupContext, group: ClassicGroup, memberId: string): void {
  if (group.state === ClassicGroupState.Dead) return
  const wasPending = group.members.isPending(memberId)
  removeMember(group, memberId)
  if (wasPending) maybeCompleteJoin(context, group)
  else maybeRebalanceWithout(context, group)
}

/** Called after members were removed: lets the others share their partitions. */
export function maybeRebalanceWithout(context: GroupContext, group: ClassicGroup): void {
  switch (group.state) {
    case ClassicGroupState.Stable:
    case ClassicGroupState.CompletingRebalance:
      return maybePrepareRebalanceOrCompleteJoin(context, group)
    case ClassicGroupState.PreparingRebalance:
      return maybeCompleteJoin(context, group)
    case ClassicGroupState.Empty:
    case ClassicGroupState.Dead:
  }
}
