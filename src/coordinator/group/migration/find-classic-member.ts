import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ConsumerGroup } from '../consumer/consumer-group.ts'
import type { ClassicMemberMetadata, ConsumerMember } from '../consumer/consumer-member.ts'
import { ownStaticMember, unknownMember } from '../consumer/member-of-heartbeat.ts'

/** A member of a consumer group that uses the classic protocol. */
export interface ClassicConsumerMember extends ConsumerMember {
  readonly classicMetadata: ClassicMemberMetadata
}

/** The fields of a request that name a classic member and its generation. */
export interface ClassicIdentity {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

/** Returns the classic member that sends a request, if its generation is its member epoch. */
export function findClassicMember(
  group: ConsumerGroup,
  { memberId, groupInstanceId, generationId }: ClassicIdentity,
): ClassicConsumerMember | ApiError {
  const member = memberOf(group, memberId, groupInstanceId)
  if (member instanceof ApiError) return member
  if (!isClassic(member)) return ApiError.of(ErrorCode.UnknownMemberId)
  return generationId === member.memberEpoch ? member : ApiError.of(ErrorCode.IllegalGeneration)
}

/** Returns the member with these ids. The client may act for a static member only with its id. */
export function memberOf(
  group: ConsumerGroup,
  memberId: string,
  groupInstanceId: string | null,
): ConsumerMember | ApiError {
  return groupInstanceId === null
    ? (group.members.get(memberId) ?? unknownMember(group, memberId))
    : ownStaticMember(group, groupInstanceId, memberId)
}

function isClassic(member: ConsumerMember): member is ClassicConsumerMember {
  return member.classicMetadata !== null
}
