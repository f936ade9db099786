import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { JoinGroupResponse } from './classic-member.ts'

/**
 * Returns the response to a JoinGroup that joined the generation. Only the leader gets the members.
 */
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
    leader: group.members.leaderId ?? '',
    skipAssignment: false,
    memberId,
    members: withMembers ? group.members.describe(group.protocolName!) : [],
  }
}
