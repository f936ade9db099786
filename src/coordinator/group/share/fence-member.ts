import type { GroupContext } from '../group-context.ts'
import { SubscriptionCounts } from '../modern/subscription-counts.ts'
import type { ShareGroup } from './share-group.ts'
import type { ShareMember } from './share-member.ts'
import { groupEpochRecord, memberTombstones, targetEpochRecord } from './share-records.ts'
import type { ShareGroupRecord } from './share-records.ts'

/**
 * Returns the records that remove a member from its group (Kafka's `shareGroupFenceMember`).
 *
 * @param cause of the rebalance, in words
 */
export function fenceMember(
  { metadataHashes, hooks }: Pick<GroupContext, 'metadataHashes' | 'hooks'>,
  group: ShareGroup,
  { memberId, subscribedTopicNames }: ShareMember,
  cause: string,
): ShareGroupRecord[] {
  const { groupId } = group
  const subscriptions = new SubscriptionCounts(group.subscriptions)
  subscriptions.removeNames(subscribedTopicNames)
  const epoch = group.groupEpoch + 1
  const hash = metadataHashes.groupHash(subscriptions.entries.keys())
  const records = [...memberTombstones(groupId, memberId), groupEpochRecord(groupId, epoch, hash)]
  if (group.members.size === 1) records.push(targetEpochRecord(groupId, epoch, 0))
  hooks.rebalanced(groupId, epoch, cause)
  return records
}
