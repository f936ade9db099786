import { ErrorCode } from '../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { UNKNOWN_MEMBER_ID, joinError, syncError } from './group-responses.ts'
import type { GroupConnection } from './group-request-context.ts'
import type { GroupShard } from './group-shard.ts'
import { MemberSession } from './member-session.ts'
import { maybeCompleteJoin, maybePrepareRebalanceOrCompleteJoin } from './rebalance.ts'

/**
 * How long a dynamic member stays without an open connection, in milliseconds. Most clients connect again within a few
 * milliseconds, but one that lost its connection may notice it with its next heartbeat, and their default interval is
 * 3 seconds. ARCHITECTURE.md has what clients were seen to need.
 */
export const RECONNECT_GRACE_MS = 5000

/** The session of a member, or of one that has only been given its id; it begins with the first `renew`. */
export function openMemberSession(
  shard: GroupShard,
  group: ClassicGroup,
  memberId: string,
): MemberSession {
  return new MemberSession(shard.clock, {
    expired: () => {
      if (group.members.get(memberId)?.hasSatisfiedHeartbeat) return
      expireMember(shard, group, memberId)
    },
    disconnected: () => expireMember(shard, group, memberId),
    graceMs: () => (group.members.get(memberId)?.isAnonymous ? 0 : RECONNECT_GRACE_MS),
  })
}

/**
 * The connection has carried a request of the member, whatever is answered. In profile `test` a dynamic member is removed when
 * it has had no open connection for {@link RECONNECT_GRACE_MS}; one whose client does not know its id yet without a
 * grace, because no other request can name it.
 */
export function bindMember(
  shard: GroupShard | ErrorCode,
  { groupId, memberId }: { readonly groupId: string; readonly memberId: string },
  connection: GroupConnection,
): void {
  if (typeof shard === 'number' || !shard.expireMembersOfClosedConnections) return
  const group = shard.groups.get(groupId)
  if (group === undefined || group.members.get(memberId)?.isStatic) return
  group.session(memberId)?.bind(connection)
}

/** Takes a member out without regard to the state of its group, and answers what it waits for. */
export function removeMember(group: ClassicGroup, memberId: string): void {
  const member = group.members.get(memberId)
  member?.completeJoin(joinError(UNKNOWN_MEMBER_ID, ErrorCode.UnknownMemberId))
  member?.completeSync(syncError(ErrorCode.UnknownMemberId))
  group.remove(memberId)
}

function expireMember(shard: GroupShard, group: ClassicGroup, memberId: string): void {
  if (group.state === ClassicGroupState.Dead) return
  const wasPending = group.isPendingMember(memberId)
  removeMember(group, memberId)
  if (wasPending) maybeCompleteJoin(shard, group)
  else maybeRebalanceWithout(shard, group)
}

/** Members are gone: those who stay share out what they had. */
export function maybeRebalanceWithout(shard: GroupShard, group: ClassicGroup): void {
  switch (group.state) {
    case ClassicGroupState.Stable:
    case ClassicGroupState.CompletingRebalance:
      return maybePrepareRebalanceOrCompleteJoin(shard, group)
    case ClassicGroupState.PreparingRebalance:
      return maybeCompleteJoin(shard, group)
    case ClassicGroupState.Empty:
    case ClassicGroupState.Dead:
  }
}
