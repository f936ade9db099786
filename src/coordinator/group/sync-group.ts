import { ErrorCode } from '../../protocol/error-code.ts'
import type { SyncGroup } from '../../protocol/messages/index.ts'
import type { RequestOf } from '../../protocol/schema/index.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'
import type { SyncGroupResponse } from './classic-member.ts'
import { syncError } from './group-responses.ts'
import type { GroupShard } from './group-shard.ts'
import { groupMetadataRecord } from './offsets-records.ts'
import { propagateAssignment } from './propagate-assignment.ts'
import { prepareRebalance } from './rebalance.ts'

type SyncGroupRequest = RequestOf<typeof SyncGroup>

/** From this version on a member must say which protocol it thinks was chosen (KIP-559). */
const PROTOCOL_MANDATORY_VERSION = 5

/** Gives a member its assignment (Kafka's `classicGroupSync`). `reply` is called once, perhaps when the leader has assigned. */
export function syncGroup(
  shard: GroupShard,
  request: SyncGroupRequest,
  reply: (response: SyncGroupResponse) => void,
): void {
  const { memberId } = request
  const group = shard.groups.get(request.groupId)
  if (group === undefined) return reply(syncError(ErrorCode.UnknownMemberId))
  const errorCode = validate(group, request)
  if (errorCode !== ErrorCode.None) return reply(syncError(errorCode))

  const member = group.members.get(memberId)!
  switch (group.state) {
    case ClassicGroupState.Empty:
    case ClassicGroupState.Dead:
      return reply(syncError(ErrorCode.UnknownMemberId))
    case ClassicGroupState.PreparingRebalance:
      reply(syncError(ErrorCode.RebalanceInProgress))
      break
    case ClassicGroupState.CompletingRebalance:
      member.awaitingSync = reply
      markSynced(group, memberId)
      if (group.isLeader(memberId)) assign(shard, group, request)
      break
    case ClassicGroupState.Stable:
      markSynced(group, memberId)
      reply({
        errorCode: ErrorCode.None,
        protocolType: group.protocolType,
        protocolName: group.protocolName,
        assignment: member.assignment,
      })
      break
  }
}

/** What KafkaApis refuses before the coordinator sees it. */
export function isProtocolMissing(request: SyncGroupRequest, apiVersion: number): boolean {
  return (
    apiVersion >= PROTOCOL_MANDATORY_VERSION &&
    (request.protocolType === null || request.protocolName === null)
  )
}

function validate(group: ClassicGroup, request: SyncGroupRequest): ErrorCode {
  const errorCode = group.validateMember(request.memberId, request.groupInstanceId)
  if (errorCode !== ErrorCode.None) return errorCode
  if (request.generationId !== group.generationId) return ErrorCode.IllegalGeneration
  if (
    differs(request.protocolType, group.protocolType) ||
    differs(request.protocolName, group.protocolName)
  ) {
    return ErrorCode.InconsistentGroupProtocol
  }
  return ErrorCode.None
}

function differs(requested: string | null, actual: string | null): boolean {
  return requested !== null && actual !== null && requested !== actual
}

function markSynced(group: ClassicGroup, memberId: string): void {
  group.removePendingSyncMember(memberId)
  if (group.pendingSyncMembers.size === 0) group.syncTimer?.cancel()
}

/** The leader has decided: once that is written, everybody who waits gets an assignment, those it forgot an empty one. */
function assign(shard: GroupShard, group: ClassicGroup, request: SyncGroupRequest): void {
  const assignments = new Map(request.assignments.map((a) => [a.memberId, a.assignment]))
  const errorCode = shard.append([groupMetadataRecord(group, assignments)])
  for (const member of group.members.values()) {
    member.assignment =
      (errorCode === ErrorCode.None && assignments.get(member.memberId)) || EMPTY_ASSIGNMENT
  }
  propagateAssignment(group, errorCode)
  if (errorCode === ErrorCode.None) {
    group.transitionTo(ClassicGroupState.Stable, shard.clock.now())
  } else {
    prepareRebalance(shard, group)
  }
}
