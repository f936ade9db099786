import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ConsumerGroupHeartbeat } from '../../../protocol/messages/index.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { LEAVE_GROUP_MEMBER_EPOCH, LEAVE_GROUP_STATIC_MEMBER_EPOCH } from './consumer-member.ts'

type Request = RequestOf<typeof ConsumerGroupHeartbeat>

/** From this version on the member chooses its id (KIP-1082). */
const CLIENT_MEMBER_ID_VERSION = 1

/**
 * Returns an error if the request cannot be valid for any group, with Kafka's message.
 *
 * @param assignors the names of the assignors of the broker
 */
export function validateHeartbeat(
  request: Request,
  apiVersion: number,
  assignors: readonly string[],
): ApiError | undefined {
  const { serverAssignor } = request
  const complaint = invalidIds(request, apiVersion) ?? invalidEpoch(request)
  if (complaint !== undefined) return new ApiError(ErrorCode.InvalidRequest, complaint)
  if (serverAssignor === null || assignors.includes(serverAssignor)) return undefined
  return new ApiError(
    ErrorCode.UnsupportedAssignor,
    `ServerAssignor ${serverAssignor} is not supported. ` +
      `Supported assignors: ${assignors.join(', ')}.`,
  )
}

function invalidIds(request: Request, apiVersion: number): string | undefined {
  const { groupId, memberId, memberEpoch, instanceId, rackId } = request
  const needsMemberId =
    apiVersion >= CLIENT_MEMBER_ID_VERSION ||
    memberEpoch > 0 ||
    memberEpoch === LEAVE_GROUP_MEMBER_EPOCH
  if (needsMemberId && isBlank(memberId)) return "MemberId can't be empty."
  if (isBlank(groupId)) return "GroupId can't be empty."
  if (isBlank(instanceId)) return "InstanceId can't be empty."
  if (isBlank(rackId)) return "RackId can't be empty."
  return undefined
}

function invalidEpoch(request: Request): string | undefined {
  const { memberEpoch, instanceId } = request
  if (memberEpoch === 0) return invalidJoin(request)
  if (memberEpoch === LEAVE_GROUP_STATIC_MEMBER_EPOCH) {
    return instanceId === null ? "InstanceId can't be null." : undefined
  }
  return memberEpoch < LEAVE_GROUP_STATIC_MEMBER_EPOCH ? 'MemberEpoch is invalid.' : undefined
}

function invalidJoin(request: Request): string | undefined {
  if (request.rebalanceTimeoutMs === -1) {
    return 'RebalanceTimeoutMs must be provided in first request.'
  }
  if (request.topicPartitions?.length !== 0) {
    return 'TopicPartitions must be empty when (re-)joining.'
  }
  if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null) {
    return 'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.'
  }
  return undefined
}

function isBlank(value: string | null): boolean {
  return value !== null && value.trim() === ''
}
