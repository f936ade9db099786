import { ErrorCode } from '../../../protocol/error-code.ts'
import type { Heartbeat } from '../../../protocol/messages/index.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { findClassicGroup } from './find-classic-group.ts'
import type { GroupContext } from '../group-context.ts'

/**
 * Renews the session of a member (Kafka's `classicGroupHeartbeat`). Returns an error if it has to
 * join again.
 */
export function heartbeat(context: GroupContext, request: RequestOf<typeof Heartbeat>): ErrorCode {
  const { memberId } = request
  const group = findClassicGroup(context, request.groupId)
  if (group === undefined) return ErrorCode.UnknownMemberId
  const errorCode = group.members.validate(memberId, request.groupInstanceId)
  if (errorCode !== ErrorCode.None) return errorCode
  if (request.generationId !== group.generationId) return ErrorCode.IllegalGeneration
  const member = group.members.get(memberId)!
  member.session.renew(member.sessionTimeoutMs)
  return group.state === ClassicGroupState.PreparingRebalance
    ? ErrorCode.RebalanceInProgress
    : ErrorCode.None
}
