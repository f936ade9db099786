import type { ErrorCode } from '../../../protocol/error-code.ts'
import type { JoinGroupResponse, SyncGroupResponse } from './classic-member.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'

/** In a request: the member has no id yet. */
export const UNKNOWN_MEMBER_ID = ''

/** Returns the response to a JoinGroup that does not join a generation. */
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

/** Returns the response to a SyncGroup that gets no assignment. */
export function syncError(errorCode: ErrorCode): SyncGroupResponse {
  return {
    errorCode,
    protocolType: null,
    protocolName: null,
    assignment: EMPTY_ASSIGNMENT,
  }
}
