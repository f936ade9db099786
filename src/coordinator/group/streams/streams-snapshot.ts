import type { GroupSnapshot } from '../group-snapshot.ts'
import type { StreamsMember } from './streams-member.ts'
import type { StreamsTopology } from './streams-topology.ts'
import type { TransientState } from './transient-state.ts'

/** Whether a topic has the partition. */
export type PartitionTest = (topic: string, partition: number) => boolean

/** The parts of a streams group that a snapshot shows. */
interface ShownGroup extends Pick<GroupSnapshot, 'groupId' | 'type' | 'state' | 'epoch'> {
  readonly members: ReadonlyMap<string, StreamsMember>
  readonly topology: StreamsTopology | undefined
  readonly transient: Pick<TransientState, 'configuredTopology'>
}

/** Returns the group at this moment. A member owns the partitions that its active tasks read. */
export function snapshotOf(group: ShownGroup, hasPartition: PartitionTest): GroupSnapshot {
  const { groupId, type, state, epoch, members, topology, transient } = group
  return {
    groupId,
    type,
    state,
    epoch,
    problem: transient.configuredTopology?.error?.message,
    members: [...members.values()].map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      epoch: member.memberEpoch,
      assignment: partitionsOf(member, topology, hasPartition),
    })),
  }
}

function partitionsOf(
  { assignedTasks }: StreamsMember,
  topology: StreamsTopology | undefined,
  hasPartition: PartitionTest,
): ReadonlyMap<string, readonly number[]> {
  const assignment = new Map<string, number[]>()
  for (const [topic, { subtopologyId }] of topology?.bySourceTopic ?? []) {
    const tasks = assignedTasks.active.get(subtopologyId)
    const partitions = [...(tasks?.keys() ?? [])].filter((each) => hasPartition(topic, each))
    if (partitions.length > 0)
      assignment.set(
        topic,
        partitions.sort((one, other) => one - other),
      )
  }
  return assignment
}
