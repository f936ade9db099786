import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'
import { joinedGeneration } from './joined-generation.ts'
import type { GroupContext } from '../group-context.ts'
import { refuseSyncs } from './propagate-assignment.ts'
import { groupMetadata } from './stored-records.ts'

/**
 * Called after a change of the members: starts a rebalance, or completes the one that waits for the
 * change.
 *
 * @param cause see {@link prepareRebalance}
 */
export function maybePrepareRebalanceOrCompleteJoin(
  context: GroupContext,
  group: ClassicGroup,
  cause: string,
): void {
  if (group.canRebalance) return prepareRebalance(context, group, cause)
  context.hooks.rebalanced(group.groupId, group.generationId + 1, cause)
  maybeCompleteJoin(context, group)
}

/**
 * Asks all members to join again. The first members of an empty group have
 * `group.initial.rebalance.delay.ms` to gather. Later rebalances complete when all members have
 * joined, or after the longest rebalance timeout.
 *
 * @param cause in words, for the timeline of the group
 */
export function prepareRebalance(context: GroupContext, group: ClassicGroup, cause: string): void {
  context.hooks.rebalanced(group.groupId, group.generationId + 1, cause)
  if (group.state === ClassicGroupState.CompletingRebalance) {
    for (const member of group.members) member.assignment = EMPTY_ASSIGNMENT
    refuseSyncs(group, ErrorCode.RebalanceInProgress)
  }
  group.syncTimer?.cancel()
  const isInitialRebalance = group.state === ClassicGroupState.Empty
  group.transitionTo(ClassicGroupState.PreparingRebalance)
  if (isInitialRebalance) {
    const delayMs = context.config.initialRebalanceDelayMs
    const remainingMs = Math.max(group.members.rebalanceTimeoutMs - delayMs, 0)
    scheduleInitialRebalance(context, group, delayMs, remainingMs)
  } else if (group.members.haveAllJoined) {
    completeJoin(context, group)
  } else {
    scheduleCompleteJoin(context, group)
  }
}

/**
 * Completes the join phase if all members have joined. That of an empty group ends with the delay,
 * not before.
 */
export function maybeCompleteJoin(context: GroupContext, group: ClassicGroup): void {
  if (
    group.state === ClassicGroupState.PreparingRebalance &&
    group.previousState !== ClassicGroupState.Empty
  ) {
    completeJoinIfAllJoined(context, group)
  }
}

/**
 * Completes the join phase of a group in PreparingRebalance if all members have joined. Called when
 * a member has expired: then Kafka does not wait for the rest of the initial delay.
 */
export function completeJoinIfAllJoined(context: GroupContext, group: ClassicGroup): void {
  if (group.members.haveAllJoined) completeJoin(context, group)
}

function scheduleInitialRebalance(
  context: GroupContext,
  group: ClassicGroup,
  delayMs: number,
  remainingMs: number,
): void {
  const onDelayed = (): void => {
    if (!group.newMemberAdded || remainingMs === 0) return completeJoin(context, group)
    group.newMemberAdded = false
    const nextDelayMs = Math.min(context.config.initialRebalanceDelayMs, remainingMs)
    scheduleInitialRebalance(context, group, nextDelayMs, Math.max(remainingMs - delayMs, 0))
  }
  group.joinTimer?.cancel()
  // Without a delay, members whose requests have already arrived still join together.
  group.joinTimer =
    delayMs === 0 ? context.turn.after(onDelayed) : context.clock.schedule(delayMs, onDelayed)
}

function scheduleCompleteJoin(context: GroupContext, group: ClassicGroup): void {
  group.joinTimer?.cancel()
  group.joinTimer = context.clock.schedule(group.members.rebalanceTimeoutMs, () =>
    completeJoin(context, group),
  )
}

/**
 * Ends the join phase: removes dynamic members that have not rejoined. The others form the next
 * generation.
 */
function completeJoin(context: GroupContext, group: ClassicGroup): void {
  group.joinTimer?.cancel()
  for (const member of group.members) {
    if (member.awaitingJoin === null && !member.isStatic) group.members.remove(member.memberId)
  }
  if (!group.members.electJoinedLeader() && group.members.size > 0) {
    // Only static members remain, and none of them has rejoined: wait until they do or their
    // sessions end.
    scheduleCompleteJoin(context, group)
    return
  }
  if (group.members.size === 0) return becomeEmpty(context, group)
  group.initNextGeneration()
  for (const member of group.members) {
    member.completeJoin(
      joinedGeneration(group, member.memberId, group.members.isLeader(member.memberId)),
    )
    member.session.renew(member.sessionTimeoutMs)
    member.isNew = false
    group.members.pendingSync.add(member.memberId)
  }
  schedulePendingSync(context, group)
}

/**
 * Ends the generation of a group without members. If the record cannot be written, the group is
 * empty anyway, as in Kafka: the last record has members, whose sessions will expire.
 */
function becomeEmpty(context: GroupContext, group: ClassicGroup): void {
  const record = groupMetadata(group.groupId, group.toStoredEmpty())
  const error = context.writer.append([record])
  if (error !== undefined) group.initNextGeneration()
}

/** Removes members that do not fetch their assignment within the rebalance timeout. */
function schedulePendingSync(context: GroupContext, group: ClassicGroup): void {
  const { generationId } = group
  group.syncTimer?.cancel()
  group.syncTimer = context.clock.schedule(group.members.rebalanceTimeoutMs, () => {
    if (group.generationId !== generationId || group.members.pendingSync.size === 0) return
    const late = [...group.members.pendingSync]
    for (const memberId of late) group.members.remove(memberId)
    prepareRebalance(context, group, `${late.join(', ')} did not send SyncGroup in time`)
  })
}
