import { ErrorCode } from '../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { JoinGroupResponse, SyncGroupResponse } from './classic-member.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'

/** In a request: a member that has no id yet. */
export const UNKNOWN_MEMBER_ID = ''

/** The answer to a JoinGroup that does not get into a generation. */
export function joinError(memberId: string, errorCode: ErrorCode): JoinGroupResponse {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

/** The answer to a JoinGroup that got into the group's generation; only the leader is told of the members. */
export function joinedGeneration(
  group: ClassicGroup,
  memberId: string,
  withMembers: boolean,
): JoinGroupResponse {
  return {
    errorCode: ErrorCode.None,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    skipAssignment: false,
    memberId,
    members: withMembers ? group.describeMembersToLeader() : [],
  }
}

/** The answer to a SyncGroup that does not get an assignment. */
export function syncError(errorCode: ErrorCode): SyncGroupResponse {
  return {
    errorCode,
    protocolType: null,
    protocolName: null,
    assignment: EMPTY_ASSIGNMENT,
  }
}

/** What a client is told when the group's record could not be appended (Kafka's `appendGroupMetadataErrorToResponseError`). */
export function coordinatorError(appendError: ErrorCode): ErrorCode {
  return coordinatorErrors.get(appendError) ?? appendError
}

const coordinatorErrors: ReadonlyMap<ErrorCode, ErrorCode> = new Map<ErrorCode, ErrorCode>([
  [ErrorCode.UnknownTopicOrPartition, ErrorCode.CoordinatorNotAvailable],
  [ErrorCode.NotEnoughReplicas, ErrorCode.CoordinatorNotAvailable],
  [ErrorCode.RequestTimedOut, ErrorCode.CoordinatorNotAvailable],
  [ErrorCode.NotLeaderOrFollower, ErrorCode.NotCoordinator],
  [ErrorCode.KafkaStorageError, ErrorCode.NotCoordinator],
  [ErrorCode.MessageTooLarge, ErrorCode.UnknownServerError],
  [ErrorCode.RecordListTooLarge, ErrorCode.UnknownServerError],
  [ErrorCode.InvalidFetchSize, ErrorCode.UnknownServerError],
])
