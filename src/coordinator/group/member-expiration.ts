import { ErrorCode } from '../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { UNKNOWN_MEMBER_ID, joinError, syncError } from './group-responses.ts'
import type { GroupConnection } from './group-request-context.ts'
import type { GroupShard } from './group-shard.ts'
import { MemberSession } from './member-session.ts'
import { maybeCompleteJoin, maybePrepareRebalanceOrCompleteJoin } from './rebalance.ts'

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
    disconnected: () => {
      if (group.members.get(memberId)?.isStatic) return
      expireMember(shard, group, memberId)
    },
  })
}

/** The connection has carried a sign of life of the member; in profile `test` they now live and die together. */
export function bindMember(
  shard: GroupShard,
  group: ClassicGroup,
  memberId: string,
  connection: GroupConnection,
): void {
  if (!shard.expireMembersOfClosedConnections) return
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
