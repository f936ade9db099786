import { ErrorCode } from '../../protocol/error-code.ts'
import type { LeaveGroup } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { ClassicGroup } from './classic-group.ts'
import { UNKNOWN_MEMBER_ID } from './group-responses.ts'
import type { GroupShard } from './group-shard.ts'
import { maybeRebalanceWithout, removeMember } from './member-expiration.ts'

/** The first version in which several members, and static ones by their instance id, can be taken out (KIP-345). */
const BATCH_VERSION = 3

/** Who is to leave; `memberId` is empty for a static member that an administrator removes by its instance id. */
interface LeavingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** Takes members out at their own wish, or at an administrator's (Kafka's `classicGroupLeave`). */
export function leaveGroup(
  shard: GroupShard,
  request: RequestOf<typeof LeaveGroup>,
  apiVersion: number,
): ResponseBody<typeof LeaveGroup> {
  const leaving: readonly LeavingMember[] =
    apiVersion >= BATCH_VERSION
      ? request.members
      : [{ memberId: request.memberId, groupInstanceId: null }]
  const group = shard.groups.get(request.groupId)
  const members = leaving.map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode:
      group === undefined
        ? ErrorCode.UnknownMemberId
        : removeLeaving(group, { memberId, groupInstanceId }),
  }))
  if (group !== undefined && members.some(({ errorCode }) => errorCode === ErrorCode.None)) {
    maybeRebalanceWithout(shard, group)
  }
  if (apiVersion >= BATCH_VERSION) return { errorCode: ErrorCode.None, members }
  return { errorCode: members[0]!.errorCode, members: [] }
}

function removeLeaving(
  group: ClassicGroup,
  { memberId, groupInstanceId }: LeavingMember,
): ErrorCode {
  if (memberId === UNKNOWN_MEMBER_ID) {
    const current = groupInstanceId === null ? undefined : group.staticMemberId(groupInstanceId)
    if (current === undefined) return ErrorCode.UnknownMemberId
    removeMember(group, current)
    return ErrorCode.None
  }
  if (!group.isPendingMember(memberId)) {
    const errorCode = group.validateMember(memberId, groupInstanceId)
    if (errorCode !== ErrorCode.None) return errorCode
  }
  removeMember(group, memberId)
  return ErrorCode.None
}
