import type { GroupContext } from '../group-context.ts'
import type { AssignedPartitions } from '../modern/assignment-input.ts'
import { computeTargetAssignment } from '../modern/compute-target-assignment.ts'
import type { SubscriptionCounts } from '../modern/subscription-counts.ts'
import { simpleAssignor } from './assignors/simple.ts'
import type { ShareGroup } from './share-group.ts'
import { canAssign } from './share-group-config.ts'
import type { ShareMember } from './share-member.ts'
import { targetEpochRecord, targetRecord } from './share-records.ts'
import type { ShareGroupRecord } from './share-records.ts'

/** The target of one member. */
export interface MemberTarget {
  /** The group epoch of the target assignment. */
  readonly epoch: number
  readonly assigned: AssignedPartitions
  /** The records of a new target assignment; none if it is still the last one. */
  readonly records: readonly ShareGroupRecord[]
}

/**
 * Computes the target assignment of an epoch, unless the last one is too recent (Kafka's
 * `maybeUpdateTargetAssignment`). Members get only partitions whose share state is initialized.
 */
export function updateTargetAssignment(
  context: GroupContext,
  group: ShareGroup,
  member: ShareMember,
  groupEpoch: number,
  subscriptions: SubscriptionCounts,
): MemberTarget {
  const { groupId, assignmentEpoch, targetAssignment } = group
  const nowMs = context.clock.now()
  if (assignmentEpoch >= groupEpoch || !canAssign(context, group, nowMs)) {
    return { epoch: assignmentEpoch, assigned: group.targetOf(member.memberId), records: [] }
  }
  group.assignmentTurn = context.turnNumber.current
  const members = new Map(group.members).set(member.memberId, member)
  const initialized = initializedPartitions(group)
  const { assignment, changed } = computeTargetAssignment({
    members,
    targetAssignment,
    subscriptionOf: ({ subscribedTopicNames }) => subscribedTopicNames,
    isHomogeneous: subscriptions.allHaveNames(members.size),
    assignor: simpleAssignor,
    image: context.image,
    isAssignable: (topicId, partition) => initialized.get(topicId)?.has(partition) === true,
  })
  const records: ShareGroupRecord[] = Array.from(changed, ([memberId, assigned]) =>
    targetRecord(groupId, memberId, assigned),
  )
  records.push(targetEpochRecord(groupId, groupEpoch, nowMs))
  return { epoch: groupEpoch, assigned: assignment.get(member.memberId)!, records }
}

function initializedPartitions({ statePartitions }: ShareGroup): Map<string, Set<number>> {
  const topics = [...(statePartitions?.initialized ?? [])]
  return new Map(topics.map(([topicId, { partitions }]) => [topicId, new Set(partitions)]))
}
