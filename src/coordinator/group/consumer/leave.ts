import { ApiError } from '../../../protocol/api-error.ts'
import type { ConsumerGroupHeartbeat } from '../../../protocol/messages/index.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { LEAVE_GROUP_STATIC_MEMBER_EPOCH, NOTHING_OWNED } from './consumer-member.ts'
import type { ConsumerMember, OwnedPartitions } from './consumer-member.ts'
import { currentRecord } from './consumer-records.ts'
import { fenceMembers } from './fence-members.ts'
import { findConsumerGroup } from './find-consumer-group.ts'
import { heartbeatResponse } from './heartbeat-response.ts'
import type { HeartbeatResponse } from './heartbeat-response.ts'
import { ownStaticMember, unknownMember } from './member-of-heartbeat.ts'

/**
 * Removes a member from its group. A static member may leave for a while (epoch -2): it keeps its
 * partitions until it returns or its session expires.
 */
export function leaveConsumerGroup(
  context: GroupContext,
  request: RequestOf<typeof ConsumerGroupHeartbeat>,
): Decision<GroupRecord, HeartbeatResponse> | ApiError {
  const { groupId, memberId, memberEpoch, instanceId } = request
  const group = findConsumerGroup(context, groupId)
  if (group instanceof ApiError) return group
  const member =
    instanceId === null
      ? (group.members.get(memberId) ?? unknownMember(group, memberId))
      : ownStaticMember(group, instanceId, memberId)
  if (member instanceof ApiError) return member
  const response = heartbeatResponse({ memberId: member.memberId, memberEpoch })
  const isTemporary = instanceId !== null && memberEpoch === LEAVE_GROUP_STATIC_MEMBER_EPOCH
  const records = isTemporary
    ? [currentRecord(groupId, awayMember(member))]
    : fenceMembers(context, group, [member], `member ${member.memberId} left`)
  return { records, response }
}

/** When it is back with another id, it may commit offsets of its partitions with any epoch. */
function awayMember(member: ConsumerMember): ConsumerMember {
  return {
    ...member,
    memberEpoch: LEAVE_GROUP_STATIC_MEMBER_EPOCH,
    assigned: withEpochZero(member.assigned),
    pendingRevocation: NOTHING_OWNED,
  }
}

function withEpochZero(owned: OwnedPartitions): OwnedPartitions {
  const result = new Map<string, ReadonlyMap<number, number>>()
  for (const [topicId, epochs] of owned) {
    result.set(topicId, new Map([...epochs.keys()].map((partition) => [partition, 0])))
  }
  return result
}
