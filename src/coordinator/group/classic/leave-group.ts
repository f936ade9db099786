import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import { findClassicGroup } from './find-classic-group.ts'
import type { LeavingMember } from './leaving-member.ts'
import { UNKNOWN_MEMBER_ID } from './responses.ts'
import type { GroupContext } from '../group-context.ts'
import { maybeRebalanceWithout, removeMember } from './member-expiration.ts'
import { withReason } from './with-reason.ts'

/**
 * Removes members that leave, or that an administrator removes (Kafka's `classicGroupLeave`).
 * Returns the error of each.
 */
export function leaveGroup(
  context: GroupContext,
  groupId: string,
  leaving: readonly LeavingMember[],
): ErrorCode[] {
  const group = findClassicGroup(context, groupId)
  if (group === undefined) return leaving.map(() => ErrorCode.UnknownMemberId)
  const causes: string[] = []
  const errors = leaving.map((member) => {
    const { memberId, groupInstanceId, reason } = member
    const error = removeLeaving(group, member)
    const name = memberId === UNKNOWN_MEMBER_ID ? groupInstanceId : memberId
    if (error === undefined) causes.push(withReason(`member ${name} left`, reason))
    return error?.errorCode ?? ErrorCode.None
  })
  if (causes.length > 0) maybeRebalanceWithout(context, group, causes.join('; '))
  return errors
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
