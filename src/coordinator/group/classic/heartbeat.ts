import { ApiError } from '../../../protocol/api-error.ts'
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
export function heartbeat(
  context: GroupContext,
  request: RequestOf<typeof Heartbeat>,
): ApiError | undefined {
  const { memberId } = request
  const group = findClassicGroup(context, request.groupId)
  if (group === undefined) return ApiError.of(ErrorCode.UnknownMemberId)
  const error = group.members.validate(memberId, request.groupInstanceId)
  if (error !== undefined) return error
  if (request.generationId !== group.generationId) return ApiError.of(ErrorCode.IllegalGeneration)
  const member = group.members.get(memberId)!
  member.session.renew(member.sessionTimeoutMs)
  if (group.state !== ClassicGroupState.PreparingRebalance) return undefined
  member.isAskedToJoin = true
  return ApiError.of(ErrorCode.RebalanceInProgress)
}
