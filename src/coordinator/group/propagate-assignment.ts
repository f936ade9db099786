import { ErrorCode } from '../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'

/**
 * Answers all SyncGroups that wait, with the members' assignments or with an error. Their sessions begin anew: what expired
 * while they waited was not counted.
 */
export function propagateAssignment(group: ClassicGroup, errorCode: ErrorCode): void {
  const isError = errorCode !== ErrorCode.None
  for (const member of group.members.values()) {
    const wasWaiting = member.completeSync({
      errorCode,
      protocolType: isError ? null : group.protocolType,
      protocolName: isError ? null : group.protocolName,
      assignment: member.assignment,
    })
    if (wasWaiting) member.session.renew(member.sessionTimeoutMs)
  }
}
