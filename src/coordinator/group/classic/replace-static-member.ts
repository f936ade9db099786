import { ErrorCode } from '../../../protocol/error-code.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { ClassicMember } from './classic-member.ts'
import { joinedGeneration } from './joined-generation.ts'
import type { Joining } from './joining.ts'
import { openMemberSession } from './member-expiration.ts'
import { maybePrepareRebalanceOrCompleteJoin } from './rebalance.ts'
import { UNKNOWN_MEMBER_ID, joinError, syncError } from './responses.ts'
import { groupMetadata } from './stored-records.ts'
import { withReason } from './with-reason.ts'

/** The first version that can tell a leader not to assign (KIP-814). */
const SKIP_ASSIGNMENT_VERSION = 9

/**
 * Handles a static member that joins again without its member id (KIP-345). It gets a new id and
 * keeps its assignment; requests with the old id are fenced. A stable group rebalances only if the
 * members would now choose another protocol.
 */
export function replaceStaticMember(
  joining: Joining,
  oldMember: ClassicMember,
  newMemberId: string,
): void {
  const { context, group, request, reply } = joining
  const member = successorOf(oldMember, newMemberId, joining)
  if (
    group.state === ClassicGroupState.Stable &&
    group.members.selectProtocol(oldMember, member) === group.protocolName
  ) {
    return replaceInStableGroup(joining, oldMember, member)
  }
  oldMember.completeJoin(joinError(oldMember.memberId, ErrorCode.FencedInstanceId))
  oldMember.completeSync(syncError(ErrorCode.FencedInstanceId))
  group.members.replace(oldMember, member)
  member.session.renew(member.sessionTimeoutMs)
  member.awaitingJoin = reply
  const { groupInstanceId } = oldMember
  const cause = `static member ${groupInstanceId} joined again as ${newMemberId}`
  maybePrepareRebalanceOrCompleteJoin(context, group, withReason(cause, request.reason))
}

/** The generation continues with the new id in place of the old one, when that is stored. */
function replaceInStableGroup(
  joining: Joining,
  oldMember: ClassicMember,
  successor: ClassicMember,
): void {
  const { context, group, request, origin, reply } = joining
  const oldLeaderId = group.members.leaderId ?? ''
  const error = context.writer.append([storedWith(joining, oldMember, successor)])
  if (error !== undefined) return reply(joinError(UNKNOWN_MEMBER_ID, error.errorCode))

  const { memberId } = successor
  const member = group.members.get(memberId)!
  group.members.update(member, request)
  member.session.renew(member.sessionTimeoutMs)
  const canSkip = origin.apiVersion >= SKIP_ASSIGNMENT_VERSION
  const isLeader = group.members.isLeader(memberId)
  const response = canSkip
    ? { ...joinedGeneration(group, memberId, isLeader), skipAssignment: isLeader }
    : // A member that gets the old leader's id does not consider itself the leader, and assigns nothing.
      { ...joinedGeneration(group, memberId, false), leader: oldLeaderId }
  reply(context.writer.whenCommitted(response))
}

function storedWith({ group }: Joining, oldMember: ClassicMember, successor: ClassicMember) {
  const others = [...group.members].filter((member) => member !== oldMember)
  const members = [...others, successor].map((member) =>
    member.toStored(group.protocolName, member.assignment),
  )
  const stored = group.toStored(members)
  const isLeader = group.members.isLeader(oldMember.memberId)
  const leaderId = isLeader ? successor.memberId : stored.leaderId
  return groupMetadata(group.groupId, { ...stored, leaderId })
}

/** Returns the same member with a new id and the data of its request. */
function successorOf(
  oldMember: ClassicMember,
  memberId: string,
  { context, group, request }: Joining,
): ClassicMember {
  return new ClassicMember({
    memberId,
    groupInstanceId: oldMember.groupInstanceId,
    clientId: oldMember.clientId,
    clientHost: oldMember.clientHost,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: request.protocols,
    assignment: oldMember.assignment,
    session: openMemberSession(context, group, memberId),
  })
}
