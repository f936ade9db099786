import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { fenceMember } from './fence-member.ts'
import { findStreamsGroup } from './find-streams-group.ts'
import type { HeartbeatResult } from './heartbeat-response.ts'
import { checkStaticMember } from './joining-member.ts'
import type { StreamsGroup } from './streams-group.ts'
import { STATIC_LEAVE_EPOCH, currentAssignmentValueOf } from './streams-member.ts'
import type { StreamsMember } from './streams-member.ts'
import { noTasks } from './tasks.ts'
import type { ActiveTasks } from './tasks.ts'

type HeartbeatRequest = RequestOf<typeof StreamsGroupHeartbeat>

/**
 * Removes a member from its group (Kafka's `streamsGroupLeave`). A static member may leave for a
 * while: then it keeps its tasks until its session expires.
 */
export function streamsLeave(
  context: GroupContext,
  request: HeartbeatRequest,
): Decision<GroupRecord, HeartbeatResult> | ApiError {
  const { groupId, memberId, memberEpoch, instanceId } = request
  const group = findStreamsGroup(context.groups, groupId)
  if (group instanceof ApiError) return group
  if (request.shutdownApplication) group.transient.requestShutdown(memberId)
  const member = leavingMember(group, memberId, instanceId)
  if (member instanceof ApiError) return member
  const isTemporary = instanceId !== null && memberEpoch === STATIC_LEAVE_EPOCH
  return {
    records: isTemporary
      ? leaveForAWhile(groupId, member)
      : fenceMember(context, group, member, `member ${memberId} left`),
    response: leaveResult(memberId, memberEpoch),
  }
}

function leavingMember(
  group: StreamsGroup,
  memberId: string,
  instanceId: string | null,
): StreamsMember | ApiError {
  if (instanceId === null) return group.member(memberId)
  return checkStaticMember(group, memberId, instanceId) ?? group.staticMember(instanceId)!
}

function leaveForAWhile(groupId: string, member: StreamsMember): GroupRecord[] {
  const { active, standby, warmup } = member.assignedTasks
  const left: StreamsMember = {
    ...member,
    memberEpoch: STATIC_LEAVE_EPOCH,
    assignedTasks: { active: withoutEpochs(active), standby, warmup },
    tasksPendingRevocation: noTasks,
  }
  return [
    {
      kind: 'streamsGroupCurrentMemberAssignment',
      groupId,
      memberId: member.memberId,
      value: currentAssignmentValueOf(left),
    },
  ]
}

/** The member that comes back may commit the offsets of its tasks with any epoch. */
function withoutEpochs(active: ActiveTasks): ActiveTasks {
  return new Map(
    [...active].map(([id, partitions]) => [
      id,
      new Map([...partitions.keys()].map((partition) => [partition, 0])),
    ]),
  )
}

function leaveResult(memberId: string, memberEpoch: number): HeartbeatResult {
  return {
    response: {
      errorCode: ErrorCode.None,
      memberId,
      memberEpoch,
      heartbeatIntervalMs: 0,
      acceptableRecoveryLagLegacy: 0,
      taskOffsetIntervalMs: 0,
      status: [],
      endpointInformationEpoch: 0,
    },
    topicsToCreate: new Map(),
  }
}
