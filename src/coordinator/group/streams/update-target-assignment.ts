import { canAssignNow } from '../modern/assignment-interval.ts'
import type { HeartbeatDraft } from './heartbeat-draft.ts'
import { assignTasks } from './assign-tasks.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import { targetAssignmentRecord } from './streams-records.ts'
import { noTasks, sameTasks } from './tasks.ts'
import type { Tasks } from './tasks.ts'
import { initialRebalanceKey } from './timer-keys.ts'
import type { ConfiguredTopology } from './topics/configured-topology.ts'

/** The target assignment after a request. */
export interface TargetAssignment {
  readonly epoch: number
  readonly targets: ReadonlyMap<string, Tasks>
  /** The reason why it is not newer. */
  readonly delayedBy?: 'initial rebalance delay' | 'assignment interval'
}

/** The parts of a heartbeat that an assignment needs. */
export interface AssignmentInput extends Pick<
  HeartbeatDraft,
  'context' | 'group' | 'config' | 'nowMs' | 'records'
> {
  readonly groupEpoch: number
  /** The member of the request, with its new metadata. */
  readonly updated: StreamsMember | undefined
  readonly topology: ConfiguredTopology
  readonly configs: ReadonlyMap<string, string>
}

/**
 * Computes the target assignment for the group epoch and writes it, unless the initial rebalance
 * delay or the assignment interval forbids it now.
 */
export function updateTargetAssignment(input: AssignmentInput): TargetAssignment {
  const { context, group, config, nowMs, groupEpoch } = input
  const { assignmentEpoch, assignmentTimestamp } = group
  if (context.timers.isScheduled(initialRebalanceKey(group.groupId))) {
    return { epoch: assignmentEpoch, targets: new Map(), delayedBy: 'initial rebalance delay' }
  }
  const replaced = replacedMember(group, input.updated)
  const targets = targetsAfter(group, replaced, input.updated)
  if (assignmentEpoch >= groupEpoch) return { epoch: assignmentEpoch, targets }
  const intervalMs = config.number('streams.assignment.interval.ms')
  if (!canAssignNow(assignmentTimestamp, intervalMs, nowMs)) {
    return { epoch: assignmentEpoch, targets, delayedBy: 'assignment interval' }
  }
  return writeAssignment(input, membersAfter(group, replaced, input.updated), targets)
}

function writeAssignment(
  input: AssignmentInput,
  members: ReadonlyMap<string, StreamsMember>,
  previous: ReadonlyMap<string, Tasks>,
): TargetAssignment {
  const { group, groupEpoch, nowMs, records, topology, configs } = input
  const { groupId } = group
  const assigned = assignTasks(group, members, topology, configs)
  const targets = new Map<string, Tasks>()
  for (const memberId of members.keys()) {
    const target = assigned.get(memberId) ?? noTasks
    const before = previous.get(memberId)
    targets.set(memberId, target)
    if (before === undefined || !sameTasks(target, before)) {
      records.push(targetAssignmentRecord(groupId, memberId, target))
    }
  }
  records.push({
    kind: 'streamsGroupTargetAssignmentMetadata',
    groupId,
    value: { assignmentEpoch: groupEpoch, assignmentTimestamp: nowMs },
  })
  return { epoch: groupEpoch, targets }
}

/** Returns the static member whose place the updated member takes. */
function replacedMember(
  group: StreamsGroup,
  updated: StreamsMember | undefined,
): StreamsMember | undefined {
  if (updated === undefined || updated.instanceId === null) return undefined
  const owner = group.staticMember(updated.instanceId)
  return owner?.memberId === updated.memberId ? undefined : owner
}

/** Returns the targets after the request. A member inherits the target of the one it replaces. */
function targetsAfter(
  { targetAssignment }: StreamsGroup,
  replaced: StreamsMember | undefined,
  updated: StreamsMember | undefined,
): ReadonlyMap<string, Tasks> {
  if (replaced === undefined || updated === undefined) return targetAssignment
  const targets = new Map(targetAssignment)
  const inherited = targets.get(replaced.memberId)
  targets.delete(replaced.memberId)
  if (inherited !== undefined) targets.set(updated.memberId, inherited)
  return targets
}

function membersAfter(
  group: StreamsGroup,
  replaced: StreamsMember | undefined,
  updated: StreamsMember | undefined,
): ReadonlyMap<string, StreamsMember> {
  if (updated === undefined) return group.members
  const members = new Map(group.members)
  if (replaced !== undefined) members.delete(replaced.memberId)
  return members.set(updated.memberId, updated)
}
