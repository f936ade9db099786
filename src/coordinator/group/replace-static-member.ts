import { ErrorCode } from '../../protocol/error-code.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import type { ClassicMember } from './classic-member.ts'
import { UNKNOWN_MEMBER_ID, joinError, joinedGeneration, syncError } from './group-responses.ts'
import type { Joining } from './joining.ts'
import { openMemberSession } from './member-expiration.ts'
import { groupMetadataRecord } from './offsets-records.ts'
import { maybePrepareRebalanceOrCompleteJoin } from './rebalance.ts'

/** The first version that can tell a leader that there is nothing to assign (KIP-814). */
const SKIP_ASSIGNMENT_VERSION = 9

/**
 * A static member is back without its member id (KIP-345): it gets a new one and the assignment that it had, and whoever still uses
 * the old id is fenced. A stable group need not rebalance unless the members would now choose another protocol.
 */
export function replaceStaticMember(
  joining: Joining,
  oldMember: ClassicMember,
  newMemberId: string,
): void {
  const { shard, group, request, context, reply } = joining
  const oldLeaderId = group.leaderId ?? ''
  oldMember.completeJoin(joinError(oldMember.memberId, ErrorCode.FencedInstanceId))
  oldMember.completeSync(syncError(ErrorCode.FencedInstanceId))
  const member = takeOver(joining, oldMember, newMemberId)
  group.updateMember(member, request)

  if (group.state !== ClassicGroupState.Stable || group.selectProtocol() !== group.protocolName) {
    member.awaitingJoin = reply
    maybePrepareRebalanceOrCompleteJoin(shard, group)
    return
  }
  const assignments = new Map([...group.members.values()].map((m) => [m.memberId, m.assignment]))
  const errorCode = shard.append([groupMetadataRecord(group, assignments)])
  if (errorCode !== ErrorCode.None) {
    group.updateMember(takeOver(joining, member, oldMember.memberId), oldMember)
    return reply(joinError(UNKNOWN_MEMBER_ID, errorCode))
  }
  if (context.apiVersion >= SKIP_ASSIGNMENT_VERSION) {
    const isLeader = group.isLeader(newMemberId)
    reply({ ...joinedGeneration(group, newMemberId, isLeader), skipAssignment: isLeader })
  } else {
    // Told of the old leader's id, a member does not take itself for the leader and assigns nothing.
    reply({ ...joinedGeneration(group, newMemberId, false), leader: oldLeaderId })
  }
}

function takeOver({ shard, group }: Joining, from: ClassicMember, memberId: string): ClassicMember {
  const member = from.withIdentity(memberId, openMemberSession(shard, group, memberId))
  group.replaceStaticMember(from, member)
  member.session.renew(member.sessionTimeoutMs)
  return member
}
