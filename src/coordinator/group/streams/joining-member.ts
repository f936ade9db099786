import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { StreamsGroup } from './streams-group.ts'
import {
  JOIN_EPOCH,
  STATIC_LEAVE_EPOCH,
  currentAssignmentValueOf,
  metadataValueOf,
  newMember,
} from './streams-member.ts'
import type { StreamsMember } from './streams-member.ts'
import { memberTombstones, targetAssignmentRecord } from './streams-records.ts'
import type { StreamsGroupRecord } from './streams-records.ts'
import { containsAll } from './tasks.ts'

type HeartbeatRequest = RequestOf<typeof StreamsGroupHeartbeat>

/** The member that sent a request, before the request takes effect. */
export interface FoundMember {
  readonly member: StreamsMember
  /** The static member with another id that it replaces. */
  readonly replaced: StreamsMember | undefined
  /** The records that replace it. */
  readonly records: readonly StreamsGroupRecord[]
}

/** Finds the member, or creates it if it joins. Returns an error if its epoch is not valid. */
export function findMember(group: StreamsGroup, request: HeartbeatRequest): FoundMember | ApiError {
  const { memberId, instanceId, memberEpoch } = request
  const isJoining = memberEpoch === JOIN_EPOCH
  if (instanceId !== null) return findStaticMember(group, request, instanceId, isJoining)
  const existing = group.member(memberId)
  if (existing instanceof ApiError) return isJoining ? found(newMember(memberId)) : existing
  return checkEpoch(existing, request) ?? found(existing)
}

function findStaticMember(
  group: StreamsGroup,
  request: HeartbeatRequest,
  instanceId: string,
  isJoining: boolean,
): FoundMember | ApiError {
  const { memberId } = request
  const existing = group.staticMember(instanceId)
  if (!isJoining) {
    return (
      checkStaticMember(group, memberId, instanceId) ??
      checkEpoch(existing!, request) ??
      found(existing!)
    )
  }
  if (existing === undefined) {
    return found(group.members.get(memberId) ?? newMember(memberId))
  }
  if (existing.memberEpoch !== STATIC_LEAVE_EPOCH) {
    return new ApiError(
      ErrorCode.UnreleasedInstanceId,
      `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${existing.memberId} member.`,
    )
  }
  return replace(group, existing, memberId)
}

/** Returns an error unless the member is the one that owns the instance id. */
export function checkStaticMember(
  group: StreamsGroup,
  memberId: string,
  instanceId: string,
): ApiError | undefined {
  const existing = group.staticMember(instanceId)
  if (existing === undefined) {
    return new ApiError(ErrorCode.UnknownMemberId, `Instance id ${instanceId} is unknown.`)
  }
  if (existing.memberId === memberId) return undefined
  return new ApiError(
    ErrorCode.FencedInstanceId,
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ${existing.memberId}.`,
  )
}

/** A new static member gets the tasks of the one that left for a while. */
function replace(group: StreamsGroup, existing: StreamsMember, memberId: string): FoundMember {
  const { groupId } = group
  const member: StreamsMember = {
    ...existing,
    memberId,
    memberEpoch: JOIN_EPOCH,
    previousMemberEpoch: JOIN_EPOCH,
  }
  return {
    member,
    replaced: existing.memberId === memberId ? undefined : existing,
    records: [
      ...memberTombstones(groupId, existing.memberId),
      {
        kind: 'streamsGroupMemberMetadata',
        groupId,
        memberId,
        value: metadataValueOf(member),
      },
      targetAssignmentRecord(groupId, memberId, group.targetOf(existing.memberId)),
      {
        kind: 'streamsGroupCurrentMemberAssignment',
        groupId,
        memberId,
        value: currentAssignmentValueOf(member),
      },
    ],
  }
}

/** The previous epoch is valid too: the member may not have got the last response. */
function checkEpoch(member: StreamsMember, request: HeartbeatRequest): ApiError | undefined {
  const { memberEpoch: received } = request
  if (received === JOIN_EPOCH || received === member.memberEpoch) return undefined
  if (received < member.memberEpoch) {
    const { active, standby, warmup } = member.assignedTasks
    const { activeTasks, standbyTasks, warmupTasks } = request
    const ownsOnlyAssigned =
      activeTasks !== null &&
      standbyTasks !== null &&
      warmupTasks !== null &&
      containsAll(active, activeTasks) &&
      containsAll(standby, standbyTasks) &&
      containsAll(warmup, warmupTasks)
    if (received === member.previousMemberEpoch && ownsOnlyAssigned) return undefined
  }
  const relation = received > member.memberEpoch ? 'greater' : 'smaller'
  return new ApiError(
    ErrorCode.FencedMemberEpoch,
    `The streams group member has a ${relation} member epoch (${received}) than the one known by the group coordinator (${member.memberEpoch}). The member must abandon all its partitions and rejoin.`,
  )
}

function found(member: StreamsMember): FoundMember {
  return { member, replaced: undefined, records: [] }
}
