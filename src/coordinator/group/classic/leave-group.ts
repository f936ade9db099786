import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { LeaveGroup } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { ClassicGroup } from './classic-group.ts'
import { findClassicGroup } from './find-classic-group.ts'
import { UNKNOWN_MEMBER_ID } from './responses.ts'
import type { GroupContext } from '../group-context.ts'
import { maybeRebalanceWithout, removeMember } from './member-expiration.ts'

/**
 * The first version that can remove several members, and static ones by their instance id
 * (KIP-345).
 */
const BATCH_VERSION = 3

/**
 * A member to remove; `memberId` is empty for a static member that an administrator removes by its
 * instance id.
 */
interface LeavingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** Removes members that leave, or that an administrator removes (Kafka's `classicGroupLeave`). */
export function leaveGroup(
  context: GroupContext,
  request: RequestOf<typeof LeaveGroup>,
  apiVersion: number,
): ResponseBody<typeof LeaveGroup> {
  const leaving: readonly LeavingMember[] =
    apiVersion >= BATCH_VERSION
      ? request.members
      : [{ memberId: request.memberId, groupInstanceId: null }]
  const group = findClassicGroup(context, request.groupId)
  const members = leaving.map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode:
      group === undefined
        ? ErrorCode.UnknownMemberId
        : (removeLeaving(group, { memberId, groupInstanceId })?.errorCode ?? ErrorCode.None),
  }))
  if (group !== undefined && members.some(({ errorCode }) => errorCode === ErrorCode.None)) {
    maybeRebalanceWithout(context, group)
  }
  if (apiVersion >= BATCH_VERSION) return { errorCode: ErrorCode.None, members }
  return { errorCode: members[0]!.errorCode, members: [] }
}

function removeLeaving(
  group: ClassicGroup,
  { memberId, groupInstanceId }: LeavingMember,
): ApiError | undefined {
  if (memberId === UNKNOWN_MEMBER_ID) {
    const current =
      groupInstanceId === null ? undefined : group.members.staticMemberId(groupInstanceId)
    if (current === undefined) return ApiError.of(ErrorCode.UnknownMemberId)
    removeMember(group, current)
    return undefined
  }
  if (!group.members.isPending(memberId)) {
    const error = group.members.validate(memberId, groupInstanceId)
    if (error !== undefined) return error
  }
  removeMember(group, memberId)
  return undefined
}
