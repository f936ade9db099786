import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ShareGroupHeartbeat } from '../../../protocol/messages/index.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { JOIN_GROUP_MEMBER_EPOCH, LEAVE_GROUP_MEMBER_EPOCH } from './share-member.ts'
import type { ShareMember } from './share-member.ts'

type Request = RequestOf<typeof ShareGroupHeartbeat>

/** Returns an error if the request cannot be valid for any group, with Kafka's message. */
export function validateShareHeartbeat(request: Request): ApiError | undefined {
  const complaint = invalidIds(request) ?? invalidEpoch(request)
  return complaint === undefined ? undefined : new ApiError(ErrorCode.InvalidRequest, complaint)
}

/** Returns FENCED_MEMBER_EPOCH unless the member may send a heartbeat with this epoch. */
export function checkMemberEpoch(
  { memberEpoch, previousMemberEpoch }: ShareMember,
  received: number,
): ApiError | undefined {
  if (received === JOIN_GROUP_MEMBER_EPOCH || received === memberEpoch) return undefined
  if (received === previousMemberEpoch && received < memberEpoch) return undefined
  const size = received > memberEpoch ? 'greater' : 'smaller'
  const previous =
    received > memberEpoch
      ? ''
      : `, and it does not match the previous member epoch (${previousMemberEpoch})`
  return new ApiError(
    ErrorCode.FencedMemberEpoch,
    `The share group member has a ${size} member epoch (${received}) than the one known by the ` +
      `group coordinator (${memberEpoch})${previous}. ` +
      'The member must abandon all its partitions and rejoin.',
  )
}

function invalidIds({ groupId, memberId, rackId }: Request): string | undefined {
  if (memberId.trim() === '') return "MemberId can't be empty."
  if (groupId.trim() === '') return "GroupId can't be empty."
  return rackId !== null && rackId.trim() === '' ? "RackId can't be empty." : undefined
}

function invalidEpoch({ memberEpoch, subscribedTopicNames }: Request): string | undefined {
  if (memberEpoch === JOIN_GROUP_MEMBER_EPOCH && !subscribedTopicNames?.length) {
    return 'SubscribedTopicNames must be set in first request.'
  }
  return memberEpoch < LEAVE_GROUP_MEMBER_EPOCH ? 'MemberEpoch is invalid.' : undefined
}
