import type { GroupContext } from '../group-context.ts'
import type { ClassicGroupMetadata, DowngradedGroup } from '../group-records.ts'
import type { Group } from '../group.ts'
import { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { openMemberSession } from './member-expiration.ts'
import { prepareRebalance } from './rebalance.ts'
import type { StoredGroup } from './stored-group.ts'

/** Returns a new group without members. */
export function makeClassicGroup(groupId: string, context: GroupContext): ClassicGroup {
  return new ClassicGroup(groupId, {
    nowMs: () => context.clock.now(),
    openSession: (group, memberId) => openMemberSession(context, group, memberId),
    onLoaded: (group) => onLoaded(group, context),
    rebalance: (group, cause) => prepareRebalance(context, group, cause),
    onTransition: (group) => {
      context.changes.add(groupId)
      if (group.state !== ClassicGroupState.Dead) context.changes.flush()
    },
    onMembersChanged: () => context.changes.add(groupId),
  })
}

/**
 * Applies the record of a classic group to the group with this id, which is created if needed, and
 * returns it.
 */
export function replayClassicGroup(
  existing: Group | undefined,
  { groupId }: ClassicGroupMetadata,
  metadata: StoredGroup,
  context: GroupContext,
): ClassicGroup {
  const group = existing instanceof ClassicGroup ? existing : makeClassicGroup(groupId, context)
  group.replay(metadata)
  return group
}

/** Called when a consumer group has become this classic group: adds what is not in its record. */
export function startDowngraded(
  group: ClassicGroup,
  { protocols, rebalanceCause }: DowngradedGroup,
  context: GroupContext,
): void {
  for (const member of group.members) {
    const { rebalanceTimeoutMs, sessionTimeoutMs } = member
    const all = protocols.get(member.memberId) ?? member.protocols
    group.members.update(member, { protocols: all, rebalanceTimeoutMs, sessionTimeoutMs })
  }
  if (rebalanceCause !== undefined) prepareRebalance(context, group, rebalanceCause)
}

/**
 * Gives members their session timeout for the next heartbeat. A group that exceeds a lowered
 * `group.max.size` rebalances.
 */
function onLoaded(group: ClassicGroup, context: GroupContext): void {
  for (const member of group.members) member.session.renew(member.sessionTimeoutMs)
  if (group.members.size > context.config.maxSize) {
    prepareRebalance(context, group, 'group.max.size was reduced')
  }
}
