import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { SyncGroup } from '../../../protocol/messages/index.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'
import type { SyncGroupResponse } from './classic-member.ts'
import { syncError } from './responses.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { GroupContext } from '../group-context.ts'
import { assignmentOf, propagateAssignment, refuseSyncs } from './propagate-assignment.ts'
import { prepareRebalance } from './rebalance.ts'
import { groupMetadata } from './stored-records.ts'
import { findClassicGroup } from './find-classic-group.ts'

type SyncGroupRequest = RequestOf<typeof SyncGroup>

/** From this version on a request must contain the protocol that the member expects (KIP-559). */
const PROTOCOL_MANDATORY_VERSION = 5

/**
 * Returns a member's assignment (Kafka's `classicGroupSync`). `reply` is called once, possibly when
 * the leader has assigned.
 */
export function syncGroup(
  context: GroupContext,
  request: SyncGroupRequest,
  reply: (response: Outcome<SyncGroupResponse>) => void,
): void {
  const { memberId } = request
  const group = findClassicGroup(context, request.groupId)
  if (group === undefined) return reply(syncError(ErrorCode.UnknownMemberId))
  const error = validate(group, request)
  if (error !== undefined) return reply(syncError(error.errorCode))

  const member = group.members.get(memberId)!
  switch (group.state) {
    case ClassicGroupState.Empty:
    case ClassicGroupState.Dead:
      return reply(syncError(ErrorCode.UnknownMemberId))
    case ClassicGroupState.PreparingRebalance:
      member.isAskedToJoin = true
      reply(syncError(ErrorCode.RebalanceInProgress))
      break
    case ClassicGroupState.CompletingRebalance:
      member.awaitingSync = reply
      markSynced(group, memberId)
      if (group.members.isLeader(memberId)) assign(context, group, request)
      break
    case ClassicGroupState.Stable:
      markSynced(group, memberId)
      reply(context.writer.whenCommitted(assignmentOf(group, member)))
      break
  }
}

/** Whether Kafka refuses the request before the coordinator gets it. */
export function isProtocolMissing(request: SyncGroupRequest, apiVersion: number): boolean {
  return (
    apiVersion >= PROTOCOL_MANDATORY_VERSION &&
    (request.protocolType === null || request.protocolName === null)
  )
}

function validate(group: ClassicGroup, request: SyncGroupRequest): ApiError | undefined {
  const error = group.members.validate(request.memberId, request.groupInstanceId)
  if (error !== undefined) return error
  if (request.generationId !== group.generationId) return ApiError.of(ErrorCode.IllegalGeneration)
  if (
    differs(request.protocolType, group.protocolType) ||
    differs(request.protocolName, group.protocolName)
  ) {
    return ApiError.of(ErrorCode.InconsistentGroupProtocol)
  }
  return undefined
}

function differs(requested: string | null, actual: string | null): boolean {
  return requested !== null && actual !== null && requested !== actual
}

function markSynced(group: ClassicGroup, memberId: string): void {
  group.members.pendingSync.delete(memberId)
  if (group.members.pendingSync.size === 0) group.syncTimer?.cancel()
}

/**
 * Stores the leader's assignment; members that it omitted get an empty assignment. Then all waiting
 * members are answered. If it cannot be stored, the members have to join again.
 */
function assign(context: GroupContext, group: ClassicGroup, request: SyncGroupRequest): void {
  const assignments = new Map(request.assignments.map((a) => [a.memberId, a.assignment]))
  const members = [...group.members].map((member) =>
    member.toStored(group.protocolName, assignments.get(member.memberId) ?? EMPTY_ASSIGNMENT),
  )
  const record = groupMetadata(group.groupId, group.toStored(members))
  const error = context.writer.append([record])
  if (error === undefined) {
    group.stampState()
    propagateAssignment(context, group)
  } else {
    for (const member of group.members) member.assignment = EMPTY_ASSIGNMENT
    refuseSyncs(group, error.errorCode)
    prepareRebalance(context, group, 'the assignment could not be stored')
  }
}
