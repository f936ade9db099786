import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { canDowngradeWithout, downgradeToClassicGroup } from '../migration/downgrade.ts'
import { SubscriptionCounts } from '../modern/subscription-counts.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { regexOf } from './consumer-member.ts'
import type { ConsumerMember } from './consumer-member.ts'
import {
  groupEpochRecord,
  memberTombstones,
  regexRecord,
  targetEpochRecord,
} from './consumer-records.ts'
import { Counts } from './counts.ts'

/**
 * Returns the records that remove members (Kafka's `consumerGroupFenceMembers`). If only members of
 * the classic protocol remain, the group becomes a classic one.
 *
 * @param cause in words, for the timeline of the group
 */
export function fenceMembers(
  context: GroupContext,
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
  cause: string,
): GroupRecord[] {
  if (canDowngradeWithout(context, group, members)) {
    return downgradeToClassicGroup(context, group, { leaving: members, rebalanceCause: cause })
  }
  const { metadataHashes, hooks } = context
  const { groupId } = group
  const records: GroupRecord[] = members.flatMap(({ memberId }) =>
    memberTombstones(groupId, memberId),
  )
  const subscriptions = new SubscriptionCounts(group.subscriptions)
  for (const { subscribedTopicNames } of members) subscriptions.removeNames(subscribedTopicNames)
  for (const regex of unusedRegexes(group, members)) {
    records.push(regexRecord(groupId, regex, null))
    subscriptions.removeRegex(group.resolvedRegexes.get(regex)?.topics ?? [])
  }
  const epoch = group.groupEpoch + 1
  const hash = metadataHashes.groupHash(subscriptions.entries.keys())
  records.push(groupEpochRecord(groupId, epoch, hash))
  hooks.rebalanced(groupId, epoch, cause)
  if (group.members.size === members.length) records.push(targetEpochRecord(groupId, epoch, 0))
  return records
}

/** Returns the regular expressions that only these members have. */
function unusedRegexes(group: ConsumerGroup, members: readonly ConsumerMember[]): string[] {
  const removed = new Counts()
  for (const member of members) removed.replace(undefined, regexOf(member))
  return [...removed.entries].flatMap(([regex, count]) =>
    group.regexes.get(regex) === count ? [regex] : [],
  )
}
