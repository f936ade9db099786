import type { Uuid } from '../../../platform/uuid.ts'
import type { ErrorCode } from '../../../protocol/error-code.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import type { DeleteStateRequest } from './delete-share-offsets.ts'
import { ShareGroup } from './share-group.ts'
import { statePartitionsRecord } from './share-records.ts'
import { allPartitions, union } from './state-partitions.ts'
import type { StateTopic, StateTopics } from './state-partitions.ts'

/** The share state of groups that are to be deleted. */
export interface GroupStateDeletion {
  /** The share groups that cannot be deleted. */
  readonly errors: ReadonlyMap<string, ErrorCode>
  readonly requests: readonly DeleteStateRequest[]
}

/**
 * Starts to delete the share state of groups (Kafka's `sharePartitionDeleteRequests`). Groups of
 * other kinds have none.
 */
export function startDeletingGroupState(
  context: GroupContext,
  groupIds: readonly string[],
): Decision<GroupRecord, GroupStateDeletion> {
  const errors = new Map<string, ErrorCode>()
  const requests: DeleteStateRequest[] = []
  const records: GroupRecord[] = []
  for (const groupId of groupIds) {
    const group = context.groups.get(groupId)
    if (!(group instanceof ShareGroup)) continue
    const error = group.validateDelete()
    if (error !== undefined) errors.set(groupId, error.errorCode)
    if (error !== undefined || group.statePartitions === undefined) continue
    const topics = topicsToDelete(context, group)
    const deleting = new Map(Array.from(topics, ([topicId, { name }]) => [topicId, name]))
    const after = { initializing: new Map(), initialized: new Map(), deleting }
    records.push(statePartitionsRecord(groupId, after))
    if (topics.size > 0) requests.push(requestOf(groupId, topics))
  }
  return { records, response: { errors, requests } }
}

/** Deletions that have failed before are tried again, unless their topic is gone. */
function topicsToDelete(
  { image }: Pick<GroupContext, 'image'>,
  { statePartitions }: ShareGroup,
): StateTopics {
  const { initializing, initialized, deleting } = statePartitions!
  const again = new Map<Uuid, StateTopic>()
  for (const topicId of deleting.keys()) {
    const topic = image.topicsById.get(topicId)
    if (topic === undefined) continue
    again.set(topicId, { name: topic.name, partitions: allPartitions(topic.partitions.length) })
  }
  return union(union(initialized, initializing), again)
}

function requestOf(groupId: string, topics: StateTopics): DeleteStateRequest {
  return {
    groupId,
    topics: Array.from(topics, ([topicId, { partitions }]) => ({
      topicId,
      partitions: partitions.map((partition) => ({ partition })),
    })),
  }
}
