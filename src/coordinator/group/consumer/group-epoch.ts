import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { SubscriptionCounts } from '../modern/subscription-counts.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { regexOf } from './consumer-member.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { groupEpochRecord } from './consumer-records.ts'
import { Counts } from './counts.ts'
import { isHomogeneous } from './subscription-type.ts'

/** A member before and after a heartbeat. */
export interface MemberUpdate {
  readonly before: ConsumerMember
  readonly after: ConsumerMember
}

/** The group epoch after a heartbeat, and whether all subscriptions are the same then. */
export interface GroupEpoch {
  readonly epoch: number
  readonly isHomogeneous: boolean
}

/**
 * Increments the group epoch if the caller asks for it, or if the metadata of the subscribed topics
 * has changed (Kafka's `updateSubscriptionMetadata`). The metadata is looked at only when it has
 * expired.
 */
export function updateGroupEpoch(
  { clock, metadataHashes, hooks, topicChanges }: GroupContext,
  group: ConsumerGroup,
  { before, after }: MemberUpdate,
  mustBump: boolean,
  records: GroupRecord[],
): GroupEpoch {
  const { groupId } = group
  if (!mustBump && !group.hasMetadataExpired(clock.now())) {
    return { epoch: group.groupEpoch, isHomogeneous: group.isHomogeneous }
  }
  const subscriptions = subscriptionsAfter(group, before, after)
  const regexes = new Counts(group.regexes)
  regexes.replace(regexOf(before), regexOf(after))
  const hash = metadataHashes.groupHash(subscriptions.entries.keys())
  const isBumped = mustBump || hash !== group.metadataHash
  const epoch = group.groupEpoch + (isBumped ? 1 : 0)
  if (isBumped) {
    records.push(groupEpochRecord(groupId, epoch, hash))
    const cause =
      memberCauseOf(group, { before, after }, mustBump) ??
      topicChanges.describe(subscriptions.entries.keys())
    hooks.rebalanced(groupId, epoch, cause)
  }
  group.metadataWasRefreshed(clock.now(), epoch)
  if (group.hasPartitionMetadataRecord) {
    records.push({ kind: 'consumerGroupPartitionMetadata', groupId, exists: false })
  }
  const memberCount = group.members.size + (isNew(group, after) ? 1 : 0)
  return { epoch, isHomogeneous: isHomogeneous(regexes, subscriptions, memberCount) }
}

/** Returns the cause of a new epoch in words; `undefined` if the topics have changed. */
function memberCauseOf(
  group: ConsumerGroup,
  { before, after }: MemberUpdate,
  mustBump: boolean,
): string | undefined {
  const { memberId, instanceId } = after
  if (isNew(group, after)) return `member ${memberId} joined`
  if (!group.members.has(memberId)) return `static member ${instanceId} joined again as ${memberId}`
  if (!mustBump) return undefined
  return before.serverAssignor === after.serverAssignor
    ? `member ${memberId} changed its subscription`
    : `member ${memberId} changed its assignor`
}

function subscriptionsAfter(
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
): SubscriptionCounts {
  const subscriptions = new SubscriptionCounts(group.subscriptions)
  subscriptions.removeNames(before.subscribedTopicNames)
  subscriptions.addNames(after.subscribedTopicNames)
  const regex = regexOf(before)
  if (regex !== undefined && regex !== regexOf(after) && group.regexes.get(regex) === 1) {
    subscriptions.removeRegex(group.resolvedRegexes.get(regex)?.topics ?? [])
  }
  return subscriptions
}

function isNew(group: ConsumerGroup, { memberId, instanceId }: ConsumerMember): boolean {
  if (group.members.has(memberId)) return false
  return instanceId === null || group.staticMember(instanceId) === undefined
}
