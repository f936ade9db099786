import { ErrorCode } from '../../../protocol/error-code.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { ClassicMember, EMPTY_ASSIGNMENT } from './classic-member.ts'
import type { Joining } from './joining.ts'
import type { JoinGroupRequest, JoinGroupResponse } from './classic-member.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { findClassicGroup } from './find-classic-group.ts'
import { joinedGeneration } from './joined-generation.ts'
import { UNKNOWN_MEMBER_ID, joinError } from './responses.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { GroupContext } from '../group-context.ts'
import { openMemberSession } from './member-expiration.ts'
import { generateMemberId } from './member-id.ts'
import {
  maybeCompleteJoin,
  maybePrepareRebalanceOrCompleteJoin,
  prepareRebalance,
} from './rebalance.ts'
import { replaceStaticMember } from './replace-static-member.ts'
import { newGroupMetadata } from './stored-records.ts'
import { withReason } from './with-reason.ts'

/**
 * How long a new member may wait for its first generation, in milliseconds. It does not know its id
 * yet and cannot send heartbeats, so a disconnected client would not be detected
 * (`NEW_MEMBER_JOIN_TIMEOUT_MS` in Kafka, not a config).
 */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000

/**
 * The first version in which a new dynamic member must join again with the id that it gets
 * (KIP-394).
 */
const MEMBER_ID_REQUIRED_VERSION = 4

const NULLABLE_PROTOCOL_VERSION = 7

/**
 * Adds a member to a group (Kafka's `classicGroupJoin`). `reply` is called once, possibly after the
 * rebalance.
 */
export function joinGroup(
  context: GroupContext,
  request: JoinGroupRequest,
  origin: GroupRequestContext,
  reply: (response: Outcome<JoinGroupResponse>) => void,
): void {
  const { groupId, memberId } = request
  const isNewMember = memberId === UNKNOWN_MEMBER_ID
  if (findClassicGroup(context, groupId) === undefined) {
    const error = createGroup(context, request)
    if (error !== undefined) return reply(error)
  }
  const group = findClassicGroup(context, groupId)!
  const joining: Joining = { context, group, request, origin, reply }
  if (!acceptsJoiningMember(joining)) {
    group.members.remove(memberId)
    reply(joinError(UNKNOWN_MEMBER_ID, ErrorCode.GroupMaxSizeReached))
  } else if (!group.supportsProtocols(request.protocolType, request.protocols)) {
    reply(joinError(memberId, ErrorCode.InconsistentGroupProtocol))
  } else if (isNewMember) {
    joinNewMember(joining)
  } else {
    joinExistingMember(joining)
  }
}

/**
 * Creates an empty group, in place of an empty consumer or streams group if there is one. Returns
 * the response if that is not possible.
 */
function createGroup(
  { groups, writer, clock }: GroupContext,
  { groupId, memberId }: JoinGroupRequest,
): JoinGroupResponse | undefined {
  const existing = groups.get(groupId)
  if (existing !== undefined && (existing.type === 'share' || !existing.isEmpty)) {
    return joinError(UNKNOWN_MEMBER_ID, ErrorCode.InconsistentGroupProtocol)
  }
  if (memberId !== UNKNOWN_MEMBER_ID) return joinError(memberId, ErrorCode.UnknownMemberId)
  const tombstones = existing?.tombstones() ?? []
  const error = writer.append([...tombstones, newGroupMetadata(groupId, clock.now())])
  return error && joinError(UNKNOWN_MEMBER_ID, error.errorCode)
}

/** Returns the response for a version: before version 7 a missing protocol is an empty name. */
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

/**
 * Whether `group.max.size` allows another member. While members gather, only those that have joined
 * count, so the last ones are refused.
 */
function acceptsJoiningMember({ context, group, request: { memberId } }: Joining): boolean {
  const { maxSize } = context.config
  const member = group.members.get(memberId)
  if (group.isEmpty) return true
  if (group.state !== ClassicGroupState.PreparingRebalance) {
    return member !== undefined || group.members.size < maxSize
  }
  return (
    (member !== undefined && member.awaitingJoin !== null) ||
    group.members.awaitingJoinCount < maxSize
  )
}

function joinNewMember(joining: Joining): void {
  const { context, group, request, origin, reply } = joining
  const { groupInstanceId } = request
  const newMemberId = generateMemberId(context.random, groupInstanceId ?? origin.clientId ?? '')
  if (groupInstanceId !== null) {
    const oldMemberId = group.members.staticMemberId(groupInstanceId)
    if (oldMemberId === undefined) return addMember(joining, newMemberId)
    return replaceStaticMember(joining, group.members.get(oldMemberId)!, newMemberId)
  }
  if (origin.apiVersion < MEMBER_ID_REQUIRED_VERSION) return addMember(joining, newMemberId)
  const session = openMemberSession(context, group, newMemberId)
  group.members.addPending(newMemberId, session)
  session.renew(request.sessionTimeoutMs)
  reply(joinError(newMemberId, ErrorCode.MemberIdRequired))
  bindConnection(joining, newMemberId)
}

function joinExistingMember(joining: Joining): void {
  const { group, request, reply } = joining
  const { memberId } = request
  if (group.members.isPending(memberId)) {
    if (request.groupInstanceId === null) return addMember(joining, memberId)
    // Kafka fails: a member with a pending id is dynamic.
    return reply(joinError(UNKNOWN_MEMBER_ID, ErrorCode.UnknownServerError))
  }
  const error = group.members.validate(memberId, request.groupInstanceId)
  if (error !== undefined) return reply(joinError(memberId, error.errorCode))

  const member = group.members.get(memberId)!
  const isLeader = group.members.isLeader(memberId)
  switch (group.state) {
    case ClassicGroupState.PreparingRebalance:
      waitForRebalance(joining, member)
      return maybeCompleteJoin(joining.context, group)
    case ClassicGroupState.CompletingRebalance:
      if (!member.matches(request.protocols)) return rejoinMember(joining, member)
      // It did not get the response to its last JoinGroup, so send it again.
      return reply(joinedGeneration(group, memberId, isLeader))
    case ClassicGroupState.Stable:
      // A leader requests a rebalance because of changes that its own metadata does not contain,
      // such as new partitions.
      if (isLeader || !member.matches(request.protocols)) return rejoinMember(joining, member)
      return reply(joinedGeneration(group, memberId, false))
    case ClassicGroupState.Empty:
    case ClassicGroupState.Dead:
      return reply(joinError(memberId, ErrorCode.UnknownMemberId))
  }
}

function addMember(joining: Joining, memberId: string): void {
  const { context, group, request, reply } = joining
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
  const cause = withReason(`member ${memberId} joined`, request.reason)
  maybePrepareRebalanceOrCompleteJoin(context, group, cause)
  bindConnection(joining, memberId)
}

/** Starts a rebalance because the member needs one. */
function rejoinMember(joining: Joining, member: ClassicMember): void {
  const { context, group, request } = joining
  const change = member.matches(request.protocols)
    ? `leader ${member.memberId} joined again`
    : `member ${member.memberId} changed its subscription or metadata`
  waitForRebalance(joining, member)
  prepareRebalance(context, group, withReason(change, request.reason))
}

function waitForRebalance({ group, request, reply }: Joining, member: ClassicMember): void {
  group.members.update(member, request)
  member.awaitingJoin = reply
}

/**
 * The member is new on its connection: the coordinator could not bind it when the request arrived.
 */
function bindConnection({ context, group, origin }: Joining, memberId: string): void {
  if (!context.expireMembersOfClosedConnections) return
  group.bindConnection(memberId, origin.connection)
}

function newMember({ context, group, request, origin }: Joining, memberId: string): ClassicMember {
  return new ClassicMember({
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: origin.clientId ?? '',
    clientHost: `/${origin.connection.clientHost}`,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: request.protocols,
    assignment: EMPTY_ASSIGNMENT,
    session: openMemberSession(context, group, memberId),
  })
}
