import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { SyncGroup } from '../../../protocol/messages/index.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { SyncGroupResponse } from '../classic/classic-member.ts'
import type { GroupContext } from '../group-context.ts'
import type { ConsumerGroup } from '../consumer/consumer-group.ts'
import { MemberState } from '../modern/member-state.ts'
import { awaitJoin, hasSynced } from './classic-member-timers.ts'
import { assignmentBytes } from './embedded-protocol.ts'
import { findClassicMember } from './find-classic-member.ts'
import type { ClassicConsumerMember } from './find-classic-member.ts'

type Request = RequestOf<typeof SyncGroup>

/**
 * Returns the partitions of a classic member of a consumer group (Kafka's
 * `classicGroupSyncToConsumerGroup`). It never waits, because there is no leader.
 */
export function syncConsumerGroup(
  context: GroupContext,
  group: ConsumerGroup,
  request: Request,
): Outcome<SyncGroupResponse> {
  const member = findClassicMember(group, request)
  if (member instanceof ApiError) return member
  const protocol = member.classicMetadata.supportedProtocols[0]
  if (isOtherProtocol(request, protocol?.name)) {
    return ApiError.of(ErrorCode.InconsistentGroupProtocol)
  }
  if (isBehind(group, member)) {
    awaitJoin(context, group, member)
    return ApiError.of(ErrorCode.RebalanceInProgress)
  }
  hasSynced(context, group.groupId, member.memberId)
  group.renewSession(member.memberId)
  const assigned = new Map(
    Array.from(member.assigned, ([topicId, epochs]) => [topicId, [...epochs.keys()]]),
  )
  return context.writer.whenCommitted({
    errorCode: ErrorCode.None,
    protocolType: request.protocolType,
    protocolName: request.protocolName,
    assignment: assignmentBytes(assigned, protocol?.metadata ?? new Uint8Array(0), context.image),
  })
}

function isOtherProtocol(
  { protocolType, protocolName }: Request,
  ownName: string | undefined,
): boolean {
  return (
    (protocolType !== null && protocolType !== 'consumer') ||
    (protocolName !== null && protocolName !== ownName)
  )
}

/** Whether the member must join again to reach the target assignment. */
function isBehind(group: ConsumerGroup, { memberEpoch, state }: ClassicConsumerMember): boolean {
  return group.assignmentEpoch > memberEpoch && state !== MemberState.UnrevokedPartitions
}
