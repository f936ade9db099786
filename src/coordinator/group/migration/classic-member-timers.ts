import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import type { ConsumerGroup } from '../consumer/consumer-group.ts'
import type { ConsumerMember } from '../consumer/consumer-member.ts'
import { fenceMembers } from '../consumer/fence-members.ts'

type TimersContext = Pick<GroupContext, 'timers'>

/** Called when a classic member has to join again: removes it if it does not do so in time. */
export function awaitJoin(
  context: GroupContext,
  group: ConsumerGroup,
  { memberId, rebalanceTimeoutMs }: ConsumerMember,
): void {
  const cause = `member ${memberId} did not join within the rebalance timeout`
  context.timers.scheduleIfAbsent(joinKey(group.groupId, memberId), rebalanceTimeoutMs, () =>
    fence(context, group, memberId, cause),
  )
}

/** Returns whether a classic member has to join again and has not yet. */
export function isAwaited({ timers }: TimersContext, groupId: string, memberId: string): boolean {
  return timers.isScheduled(joinKey(groupId, memberId))
}

/** Called when a classic member has joined: removes it if it does not send SyncGroup in time. */
export function awaitSync(
  context: GroupContext,
  group: ConsumerGroup,
  { memberId, rebalanceTimeoutMs }: ConsumerMember,
): void {
  const cause = `member ${memberId} did not sync within the rebalance timeout`
  context.timers.cancel(joinKey(group.groupId, memberId))
  context.timers.schedule(syncKey(group.groupId, memberId), rebalanceTimeoutMs, () =>
    fence(context, group, memberId, cause),
  )
}

/** Called when a classic member has its assignment. */
export function hasSynced({ timers }: TimersContext, groupId: string, memberId: string): void {
  timers.cancel(syncKey(groupId, memberId))
}

/** Called when a member is removed. */
export function stopClassicTimers(
  { timers }: TimersContext,
  groupId: string,
  memberId: string,
): void {
  timers.cancel(joinKey(groupId, memberId))
  timers.cancel(syncKey(groupId, memberId))
}

function fence(
  context: GroupContext,
  group: ConsumerGroup,
  memberId: string,
  cause: string,
): GroupRecord[] {
  const member = group.members.get(memberId)
  return member === undefined ? [] : fenceMembers(context, group, [member], cause)
}

function joinKey(groupId: string, memberId: string): string {
  return `consumer-join-timeout ${groupId} ${memberId}`
}

function syncKey(groupId: string, memberId: string): string {
  return `consumer-sync-timeout ${groupId} ${memberId}`
}
