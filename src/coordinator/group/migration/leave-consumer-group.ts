import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { LeavingMember } from '../classic/leaving-member.ts'
import { UNKNOWN_MEMBER_ID } from '../classic/responses.ts'
import { withReason } from '../classic/with-reason.ts'
import type { GroupContext } from '../group-context.ts'
import type { ConsumerGroup } from '../consumer/consumer-group.ts'
import type { ConsumerMember } from '../consumer/consumer-member.ts'
import { fenceMembers } from '../consumer/fence-members.ts'
import { memberOf } from './find-classic-member.ts'

/**
 * Removes members of a consumer group, which may use either protocol, with LeaveGroup (Kafka's
 * `classicGroupLeaveToConsumerGroup`). Returns the error of each, or one if nothing was removed.
 */
export function removeFromConsumerGroup(
  context: GroupContext,
  group: ConsumerGroup,
  leaving: readonly LeavingMember[],
): ErrorCode[] | ApiError {
  const removed = new Set<ConsumerMember>()
  const causes: string[] = []
  const errors = leaving.map((leavingMember) => {
    const member = find(group, leavingMember)
    if (member instanceof ApiError) return member.errorCode
    removed.add(member)
    causes.push(withReason(`member ${member.memberId} left`, leavingMember.reason))
    return ErrorCode.None
  })
  if (removed.size === 0) return errors
  const records = fenceMembers(context, group, [...removed], causes.join('; '))
  return context.writer.append(records) ?? errors
}

/** An administrator names a static member by its instance id only. */
function find(
  group: ConsumerGroup,
  { memberId, groupInstanceId }: LeavingMember,
): ConsumerMember | ApiError {
  if (groupInstanceId === null || memberId !== UNKNOWN_MEMBER_ID) {
    return memberOf(group, memberId, groupInstanceId)
  }
  return group.staticMember(groupInstanceId) ?? ApiError.of(ErrorCode.UnknownMemberId)
}
