import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { StreamsGroup } from './streams-group.ts'
import { updateTargetAssignment } from './update-target-assignment.ts'

/**
 * Returns the records of the first target assignment, after the initial rebalance delay. Members
 * get their tasks with their next heartbeats.
 */
export function computeDelayedAssignment(context: GroupContext, groupId: string): GroupRecord[] {
  const group = context.groups.get(groupId)
  if (!(group instanceof StreamsGroup) || group.isEmpty) return []
  const { configuredTopology } = group.transient
  // The members' next heartbeat configures the topology, and computes the assignment.
  if (configuredTopology === undefined) return []
  const records: GroupRecord[] = []
  updateTargetAssignment({
    context,
    group,
    config: context.groupConfig(groupId),
    nowMs: context.clock.now(),
    records,
    groupEpoch: group.epoch,
    updated: undefined,
    topology: configuredTopology,
    configs: group.assignmentConfigs,
  })
  return records
}
