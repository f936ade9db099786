import { ErrorCode } from '../../../protocol/error-code.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { GroupContext } from '../group-context.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicMember, SyncGroupResponse } from './classic-member.ts'
import { syncError } from './responses.ts'

/** Returns the response to a SyncGroup of a stable group. */
export function assignmentOf(group: ClassicGroup, member: ClassicMember): SyncGroupResponse {
  return {
    errorCode: ErrorCode.None,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment: member.assignment,
  }
}

/** Answers all waiting SyncGroups with the members' assignments, when those are committed. */
export function propagateAssignment({ writer }: GroupContext, group: ClassicGroup): void {
  for (const member of group.members) {
    completeSync(member, writer.whenCommitted(assignmentOf(group, member)))
  }
}

/** Answers all waiting SyncGroups with an error, after which the members join again. */
export function refuseSyncs(group: ClassicGroup, errorCode: ErrorCode): void {
  for (const member of group.members) {
    if (member.awaitingSync !== null) member.isAskedToJoin = true
    completeSync(member, syncError(errorCode))
  }
}

/** Renews the session of a member that waited: it could not expire meanwhile. */
function completeSync(member: ClassicMember, response: Outcome<SyncGroupResponse>): void {
  if (member.completeSync(response)) member.session.renew(member.sessionTimeoutMs)
}
