import { ErrorCode } from '../../protocol/error-code.ts'
import type { Heartbeat } from '../../protocol/messages/index.ts'
import type { RequestOf } from '../../protocol/schema/index.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import type { GroupShard } from './group-shard.ts'

/** A member's sign of life (Kafka's `classicGroupHeartbeat`); tells it when to join again. */
export function heartbeat(shard: GroupShard, request: RequestOf<typeof Heartbeat>): ErrorCode {
  const { memberId } = request
  const group = shard.groups.get(request.groupId)
  if (group === undefined) return ErrorCode.UnknownMemberId
  const errorCode = group.validateMember(memberId, request.groupInstanceId)
  if (errorCode !== ErrorCode.None) return errorCode
  if (request.generationId !== group.generationId) return ErrorCode.IllegalGeneration
  const member = group.members.get(memberId)!
  member.session.renew(member.sessionTimeoutMs)
  return group.state === ClassicGroupState.PreparingRebalance
    ? ErrorCode.RebalanceInProgress
    : ErrorCode.None
}
