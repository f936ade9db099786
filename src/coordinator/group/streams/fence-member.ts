import type { GroupContext } from '../group-context.ts'
import { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import { groupMetadataRecord, memberTombstones } from './streams-records.ts'
import type { StreamsGroupRecord } from './streams-records.ts'
import { rebalanceTimeoutKey } from './timer-keys.ts'

/**
 * Returns the records that remove a member, and lets the others share its tasks. If the group is
 * empty now, its next assignment need not wait.
 *
 * @param cause in words, for the timeline of the group
 */
export function fenceMember(
  { timers, hooks }: Pick<GroupContext, 'timers' | 'hooks'>,
  group: StreamsGroup,
  { memberId }: StreamsMember,
  cause: string,
): StreamsGroupRecord[] {
  const { groupId } = group
  const epoch = group.epoch + 1
  hooks.rebalanced(groupId, epoch, cause)
  timers.cancel(rebalanceTimeoutKey(groupId, memberId))
  return [
    ...memberTombstones(groupId, memberId),
    groupMetadataRecord(groupId, { ...group.metadata, epoch }),
    ...(group.members.size > 1
      ? []
      : [
          {
            kind: 'streamsGroupTargetAssignmentMetadata' as const,
            groupId,
            value: { assignmentEpoch: epoch, assignmentTimestamp: 0 },
          },
        ]),
  ]
}

/**
 * Removes the member after `timeoutMs`, unless it reaches another epoch: it has not revoked its
 * tasks in time.
 */
export function scheduleRebalanceTimeout(
  context: GroupContext,
  groupId: string,
  { memberId, memberEpoch, rebalanceTimeoutMs }: StreamsMember,
): void {
  context.timers.schedule(rebalanceTimeoutKey(groupId, memberId), rebalanceTimeoutMs, () => {
    const group = context.groups.get(groupId)
    if (!(group instanceof StreamsGroup)) return []
    const member = group.members.get(memberId)
    if (member?.memberEpoch !== memberEpoch) return []
    const cause = `member ${memberId} did not revoke its tasks in time`
    return fenceMember(context, group, member, cause)
  })
}
