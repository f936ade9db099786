import { ErrorCode } from '../../protocol/error-code.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { ClassicMember, EMPTY_ASSIGNMENT } from './classic-member.ts'
import type { Joining } from './joining.ts'
import type { JoinGroupRequest, JoinGroupResponse } from './classic-member.ts'
import type { GroupRequestContext } from './group-request-context.ts'
import { UNKNOWN_MEMBER_ID, joinError, joinedGeneration } from './group-responses.ts'
import type { GroupShard } from './group-shard.ts'
import { bindMember, openMemberSession } from './member-expiration.ts'
import { generateMemberId } from './member-id.ts'
import { groupMetadataRecord } from './offsets-records.ts'
import { maybePrepareRebalanceOrCompleteJoin } from './rebalance.ts'
import { replaceStaticMember } from './replace-static-member.ts'

/**
 * How long a new member may wait to be let in, in milliseconds. Its client may have given up long ago, without anybody noticing: it
 * did not learn its id and cannot send heartbeats (`group.new.member.join.timeout` of Kafka's code, not a config).
 */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000

/** The first version in which a new dynamic member must come back with the id that it was given (KIP-394). */
const MEMBER_ID_REQUIRED_VERSION = 4

const NULLABLE_PROTOCOL_VERSION = 7

/** Lets a member into a group (Kafka's `classicGroupJoin`). `reply` is called once, perhaps after the rebalance. */
export function joinGroup(
  shard: GroupShard,
  received: JoinGroupRequest,
  context: GroupRequestContext,
  reply: (response: JoinGroupResponse) => void,
): void {
  const request = context.apiVersion === 0 ? withRebalanceTimeout(received) : received
  const { groupId, memberId } = request
  const isNewMember = memberId === UNKNOWN_MEMBER_ID
  let group = shard.groups.get(groupId)
  if (group === undefined) {
    if (!isNewMember) return reply(joinError(memberId, ErrorCode.UnknownMemberId))
    group = shard.createClassicGroup(groupId)
    const errorCode = shard.append([groupMetadataRecord(group)])
    if (errorCode !== ErrorCode.None) {
      shard.groups.delete(groupId)
      return reply(joinError(memberId, errorCode))
    }
  }
  const joining: Joining = { shard, group, request, context, reply }
  if (!acceptsJoiningMember(joining)) {
    group.remove(memberId)
    reply(joinError(UNKNOWN_MEMBER_ID, ErrorCode.GroupMaxSizeReached))
  } else if (!group.supportsProtocols(request.protocolType, request.protocols)) {
    reply(joinError(memberId, ErrorCode.InconsistentGroupProtocol))
  } else if (isNewMember) {
    joinNewMember(joining)
  } else {
    joinExistingMember(joining)
  }
}

/** Version 7 can say that no protocol was chosen; before, it is an empty name. */
export function joinResponseFor(
  response: JoinGroupResponse,
  apiVersion: number,
): JoinGroupResponse {
  const { protocolName } = response
  if (apiVersion < NULLABLE_PROTOCOL_VERSION && protocolName === null) {
    return { ...response, protocolName: '' }
  }
  return response
}

/** Version 0 has no rebalance timeout of its own. */
function withRebalanceTimeout(request: JoinGroupRequest): JoinGroupRequest {
  return { ...request, rebalanceTimeoutMs: request.sessionTimeoutMs }
}

/** Whether `group.max.size` has room. While members gather, those count who have come: the last ones are left out. */
function acceptsJoiningMember({ shard, group, request: { memberId } }: Joining): boolean {
  const { maxSize } = shard.config
  const member = group.members.get(memberId)
  if (group.state === ClassicGroupState.Empty) return true
  if (group.state !== ClassicGroupState.PreparingRebalance) {
    return member !== undefined || group.members.size < maxSize
  }
  return (member !== undefined && member.awaitingJoin !== null) || group.awaitingJoinCount < maxSize
}

function joinNewMember(joining: Joining): void {
  const { shard, group, request, context, reply } = joining
  const { groupInstanceId } = request
  const newMemberId = generateMemberId(shard.random, groupInstanceId ?? context.clientId ?? '')
  if (groupInstanceId !== null) {
    const oldMemberId = group.staticMemberId(groupInstanceId)
    if (oldMemberId === undefined) return addMember(joining, newMemberId)
    return replaceStaticMember(joining, group.members.get(oldMemberId)!, newMemberId)
  }
  if (context.apiVersion < MEMBER_ID_REQUIRED_VERSION) return addMember(joining, newMemberId)
  const session = openMemberSession(shard, group, newMemberId)
  group.addPendingMember(newMemberId, session)
  session.renew(request.sessionTimeoutMs)
  reply(joinError(newMemberId, ErrorCode.MemberIdRequired))
  bindMember(shard, { groupId: group.groupId, memberId: newMemberId }, context.connection)
}

function joinExistingMember(joining: Joining): void {
  const { group, request, reply } = joining
  const { memberId } = request
  if (group.isPendingMember(memberId)) return addMember(joining, memberId)
  const errorCode = group.validateMember(memberId, request.groupInstanceId)
  if (errorCode !== ErrorCode.None) return reply(joinError(memberId, errorCode))

  const member = group.members.get(memberId)!
  const isLeader = group.isLeader(memberId)
  switch (group.state) {
    case ClassicGroupState.PreparingRebalance:
      return rejoinMember(joining, member)
    case ClassicGroupState.CompletingRebalance:
      if (!member.matches(request.protocols)) return rejoinMember(joining, member)
      // It did not get the answer to its last JoinGroup: here it is again.
      return reply(joinedGeneration(group, memberId, isLeader))
    case ClassicGroupState.Stable:
      // A leader asks for a rebalance because it has seen something that its own metadata does not show: new partitions.
      if (isLeader || !member.matches(request.protocols)) return rejoinMember(joining, member)
      return reply(joinedGeneration(group, memberId, false))
    case ClassicGroupState.Empty:
    case ClassicGroupState.Dead:
      return reply(joinError(memberId, ErrorCode.UnknownMemberId))
  }
}

function addMember(joining: Joining, memberId: string): void {
  const { shard, group, request, context, reply } = joining
  const member = newMember(joining, memberId)
  member.isNew = true
  member.isAnonymous = request.memberId === UNKNOWN_MEMBER_ID
  member.awaitingJoin = reply
  if (
    group.state === ClassicGroupState.PreparingRebalance &&
    group.previousState === ClassicGroupState.Empty
  ) {
    group.newMemberAdded = true
  }
  group.add(member, request.protocolType)
  member.session.renew(NEW_MEMBER_JOIN_TIMEOUT_MS)
  maybePrepareRebalanceOrCompleteJoin(shard, group)
  bindMember(shard, { groupId: group.groupId, memberId }, context.connection)
}

function rejoinMember({ shard, group, request, reply }: Joining, member: ClassicMember): void {
  group.updateMember(member, request)
  member.awaitingJoin = reply
  maybePrepareRebalanceOrCompleteJoin(shard, group)
}

function newMember({ shard, group, request, context }: Joining, memberId: string): ClassicMember {
  return new ClassicMember({
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: context.clientId ?? '',
    clientHost: `/${context.connection.clientHost}`,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: request.protocols,
    assignment: EMPTY_ASSIGNMENT,
    session: openMemberSession(shard, group, memberId),
  })
}
