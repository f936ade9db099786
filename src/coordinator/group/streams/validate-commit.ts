import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { PartitionValidator } from '../group.ts'
import type { StreamsMember } from './streams-member.ts'
import type { StreamsTopology } from './streams-topology.ts'

/**
 * Checks the epoch of a commit. An older epoch is valid for tasks that the member has had since
 * then: its commit may have been delayed by a rebalance (KIP-1251).
 */
export function validateCommitEpoch(
  member: StreamsMember,
  topology: StreamsTopology | undefined,
  received: number,
): ApiError | PartitionValidator | undefined {
  if (received === member.memberEpoch) return undefined
  if (received > member.memberEpoch) {
    return stale(
      `Received member epoch ${received} is newer than current member epoch ${member.memberEpoch}.`,
    )
  }
  if (topology === undefined) {
    return stale('Topology is not available for offset commit validation.')
  }
  return (topic, _topicId, partition) =>
    validateTaskEpoch(member, topology, received, topic, partition)
}

function validateTaskEpoch(
  member: StreamsMember,
  topology: StreamsTopology,
  receivedEpoch: number,
  topic: string,
  partition: number,
): ApiError | undefined {
  const subtopology = topology.bySourceTopic.get(topic)
  if (subtopology === undefined) return stale(`Topic ${topic} is not in the topology.`)
  const { subtopologyId: id } = subtopology
  const epoch =
    member.assignedTasks.active.get(id)?.get(partition) ??
    member.tasksPendingRevocation.active.get(id)?.get(partition)
  if (epoch === undefined) {
    return stale(`Task ${id}-${partition} is not assigned or pending revocation for member.`)
  }
  if (receivedEpoch >= epoch) return undefined
  return stale(
    `Received member epoch ${receivedEpoch} is older than assignment epoch ${epoch} for task ${id}-${partition}.`,
  )
}

function stale(message: string): ApiError {
  return new ApiError(ErrorCode.StaleMemberEpoch, message)
}
