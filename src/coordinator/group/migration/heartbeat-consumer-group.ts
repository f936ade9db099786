import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { GroupContext } from '../group-context.ts'
import type { ConsumerGroup } from '../consumer/consumer-group.ts'
import type { ConsumerMember } from '../consumer/consumer-member.ts'
import { NO_OWNER } from '../consumer/partition-epochs.ts'
import { MemberState } from '../modern/member-state.ts'
import { awaitJoin } from './classic-member-timers.ts'
import { findClassicMember } from './find-classic-member.ts'
import type { ClassicIdentity } from './find-classic-member.ts'

/**
 * Renews the session of a classic member of a consumer group (Kafka's
 * `classicGroupHeartbeatToConsumerGroup`). Returns an error if it has to join again.
 */
export function heartbeatConsumerGroup(
  context: GroupContext,
  group: ConsumerGroup,
  identity: ClassicIdentity,
): ApiError | undefined {
  const member = findClassicMember(group, identity)
  if (member instanceof ApiError) return member
  group.renewSession(member.memberId)
  if (!mustJoin(group, member)) return undefined
  awaitJoin(context, group, member)
  return ApiError.of(ErrorCode.RebalanceInProgress)
}

function mustJoin(group: ConsumerGroup, member: ConsumerMember): boolean {
  if (member.memberEpoch < group.assignmentEpoch) return true
  switch (member.state) {
    case MemberState.UnrevokedPartitions:
      return true
    case MemberState.UnreleasedPartitions:
      return !waitsForOthers(group, member)
    case MemberState.Stable:
    case MemberState.Unknown:
      return false
  }
}

/** Whether another member still owns a partition of the member's target. */
function waitsForOthers(group: ConsumerGroup, { memberId, assigned }: ConsumerMember): boolean {
  for (const [topicId, partitions] of group.targetOf(memberId)) {
    const owned = assigned.get(topicId)
    const isWaiting = partitions.some(
      (partition) =>
        owned?.has(partition) !== true &&
        group.partitionEpochs.get(topicId, partition) !== NO_OWNER,
    )
    if (isWaiting) return true
  }
  return false
}
