import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { NO_PARTITIONS } from '../modern/assigned-partitions.ts'
import type { AssignedPartitions } from '../modern/assignment-input.ts'
import { computeTargetAssignment } from '../modern/compute-target-assignment.ts'
import { canAssign } from './consumer-group-config.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { targetEpochRecord, targetRecord } from './consumer-records.ts'
import type { GroupEpoch, MemberUpdate } from './group-epoch.ts'
import { assignorOf, preferredAssignorAfter } from './server-assignors.ts'
import { subscribedTopics } from './subscribed-topics.ts'

/** The target of one member. */
export interface MemberTarget {
  readonly epoch: number
  readonly assigned: AssignedPartitions
}

/**
 * Returns the target of the member, after computing a new target assignment for the group epoch if
 * there is none yet (Kafka's `maybeUpdateTargetAssignment`). Kafka limits how often it does.
 */
export function updateTargetAssignment(
  context: GroupContext,
  group: ConsumerGroup,
  { epoch, isHomogeneous }: GroupEpoch,
  update: MemberUpdate,
  records: GroupRecord[],
): MemberTarget {
  const { groupId } = group
  const nowMs = context.clock.now()
  const isCurrent = group.assignmentEpoch >= epoch
  if (isCurrent || !canAssign(context, group, nowMs)) {
    return { epoch: group.assignmentEpoch, assigned: group.targetOfMember(update.after) }
  }
  group.assignmentTurn = context.turnNumber.current
  const { members, targetAssignment } = withUpdate(group, update.after)
  const { assignment, changed } = computeTargetAssignment({
    members,
    targetAssignment,
    subscriptionOf: (member) => subscribedTopics(member, group.resolvedRegexes),
    isHomogeneous,
    assignor: assignorOf(assignorAfter(context, group, update)),
    image: context.image,
  })
  for (const [memberId, assigned] of changed)
    records.push(targetRecord(groupId, memberId, assigned))
  records.push(targetEpochRecord(groupId, epoch, nowMs))
  return { epoch, assigned: assignment.get(update.after.memberId) ?? NO_PARTITIONS }
}

/** Returns the name of the assignor that the group uses after the update. */
export function assignorAfter(
  { brokerConfig }: Pick<GroupContext, 'brokerConfig'>,
  group: ConsumerGroup,
  { before, after }: MemberUpdate,
): string {
  return preferredAssignorAfter(
    group.serverAssignors,
    before.serverAssignor,
    after.serverAssignor,
    brokerConfig,
  )
}

/** A static member that replaces another one inherits its target. */
function withUpdate(
  group: ConsumerGroup,
  member: ConsumerMember,
): {
  members: ReadonlyMap<string, ConsumerMember>
  targetAssignment: ReadonlyMap<string, AssignedPartitions>
} {
  const members = new Map(group.orderedMembers.map((each) => [each.memberId, each]))
  members.set(member.memberId, member)
  const replaced =
    member.instanceId === null ? undefined : group.staticMember(member.instanceId)?.memberId
  if (replaced === undefined || replaced === member.memberId) {
    return { members, targetAssignment: group.targetAssignment }
  }
  const targetAssignment = new Map(group.targetAssignment)
  targetAssignment.set(member.memberId, group.targetOf(replaced))
  targetAssignment.delete(replaced)
  members.delete(replaced)
  return { members, targetAssignment }
}
