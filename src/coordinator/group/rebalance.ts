import { ErrorCode } from '../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'
import { joinedGeneration } from './group-responses.ts'
import type { GroupShard } from './group-shard.ts'
import { groupMetadataRecord } from './offsets-records.ts'
import { propagateAssignment } from './propagate-assignment.ts'

/** Something has changed: starts a rebalance, or completes the one that waited for just this. */
export function maybePrepareRebalanceOrCompleteJoin(shard: GroupShard, group: ClassicGroup): void {
  if (group.canRebalance) prepareRebalance(shard, group)
  else maybeCompleteJoin(shard, group)
}

/**
 * Asks all members to join again. The first members of an empty group are given `group.initial.rebalance.delay.ms` to gather;
 * later rebalances complete when everybody has joined, or after the longest rebalance timeout.
 */
export function prepareRebalance(shard: GroupShard, group: ClassicGroup): void {
  if (group.state === ClassicGroupState.CompletingRebalance) {
    for (const member of group.members.values()) member.assignment = EMPTY_ASSIGNMENT
    propagateAssignment(group, ErrorCode.RebalanceInProgress)
  }
  group.syncTimer?.cancel()
  const isInitialRebalance = group.state === ClassicGroupState.Empty
  group.transitionTo(ClassicGroupState.PreparingRebalance, shard.clock.now())
  if (isInitialRebalance) {
    const delayMs = shard.config.initialRebalanceDelayMs
    const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0)
    scheduleInitialRebalance(shard, group, delayMs, remainingMs)
  } else if (group.hasAllMembersJoined) {
    completeJoin(shard, group)
  } else {
    scheduleCompleteJoin(shard, group)
  }
}

/** Completes the join phase if everybody has joined. That of an empty group ends with the delay, not before. */
export function maybeCompleteJoin(shard: GroupShard, group: ClassicGroup): void {
  if (
    group.state === ClassicGroupState.PreparingRebalance &&
    group.previousState !== ClassicGroupState.Empty &&
    group.hasAllMembersJoined
  ) {
    completeJoin(shard, group)
  }
}

function scheduleInitialRebalance(
  shard: GroupShard,
  group: ClassicGroup,
  delayMs: number,
  remainingMs: number,
): void {
  const onDelayed = (): void => {
    if (!group.newMemberAdded || remainingMs === 0) return completeJoin(shard, group)
    group.newMemberAdded = false
    const nextDelayMs = Math.min(shard.config.initialRebalanceDelayMs, remainingMs)
    scheduleInitialRebalance(shard, group, nextDelayMs, Math.max(remainingMs - delayMs, 0))
  }
  group.joinTimer?.cancel()
  // Without a delay, members whose requests have already arrived still join together.
  group.joinTimer =
    delayMs === 0 ? shard.turn.after(onDelayed) : shard.clock.schedule(delayMs, onDelayed)
}

function scheduleCompleteJoin(shard: GroupShard, group: ClassicGroup): void {
  group.joinTimer?.cancel()
  group.joinTimer = shard.clock.schedule(group.rebalanceTimeoutMs, () => completeJoin(shard, group))
}

/** Ends the join phase: dynamic members that have not rejoined are out, the others form the next generation. */
function completeJoin(shard: GroupShard, group: ClassicGroup): void {
  group.joinTimer?.cancel()
  for (const member of group.members.values()) {
    if (member.awaitingJoin === null && !member.isStatic) group.remove(member.memberId)
  }
  if (!group.maybeElectNewJoinedLeader() && group.members.size > 0) {
    // Only static members are left, and none of them has rejoined: wait until they do or their sessions end.
    scheduleCompleteJoin(shard, group)
    return
  }
  group.initNextGeneration(shard.clock.now())
  if (group.state === ClassicGroupState.Empty) {
    // A failure changes nothing: what was last written of the group has more members, and their sessions will expire.
    shard.append([groupMetadataRecord(group)])
    return
  }
  for (const member of group.members.values()) {
    member.completeJoin(joinedGeneration(group, member.memberId, group.isLeader(member.memberId)))
    member.session.renew(member.sessionTimeoutMs)
    member.isNew = false
    group.addPendingSyncMember(member.memberId)
  }
  schedulePendingSync(shard, group)
}

/** Members that do not fetch their assignment within the rebalance timeout are out. */
function schedulePendingSync(shard: GroupShard, group: ClassicGroup): void {
  const { generationId } = group
  group.syncTimer?.cancel()
  group.syncTimer = shard.clock.schedule(group.rebalanceTimeoutMs, () => {
    if (group.generationId !== generationId || group.pendingSyncMembers.size === 0) return
    for (const memberId of group.pendingSyncMembers) group.remove(memberId)
    prepareRebalance(shard, group)
  })
}
