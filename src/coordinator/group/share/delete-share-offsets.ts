import type { Uuid } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../../protocol/error-code.ts'
import type {
  DeleteShareGroupOffsets,
  DeleteShareGroupState,
} from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../../platform/uuid.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { findShareGroup } from './find-share-group.ts'
import { statePartitionsRecord } from './share-records.ts'
import { allPartitions, omit, topicName } from './state-partitions.ts'

/** A request for the share coordinators. */
export type DeleteStateRequest = RequestOf<typeof DeleteShareGroupState>

export type DeletedOffsets = ResponseBody<typeof DeleteShareGroupOffsets>

export type DeletedOffsetsTopic = DeletedOffsets['responses'][number]

/** The deletion of offsets, before the share coordinators have deleted the state. */
export interface OffsetDeletion {
  /** The results of topics that cannot be deleted. */
  readonly refused: readonly DeletedOffsetsTopic[]
  readonly delete: DeleteStateRequest
}

/**
 * Starts to delete the offsets of topics in a share group without members (Kafka's
 * `initiateDeleteShareGroupOffsets`). A deletion that has failed before is tried again.
 */
export function startDeletingOffsets(
  context: GroupContext,
  { groupId, topics }: RequestOf<typeof DeleteShareGroupOffsets>,
): Decision<GroupRecord, OffsetDeletion> | ApiError {
  const group = findShareGroup(context, groupId)
  if (group instanceof ApiError) return group
  const error = group.validateDelete()
  if (error !== undefined) return error
  const request: DeleteStateRequest = { groupId, topics: [] }
  const refused: DeletedOffsetsTopic[] = []
  const before = group.statePartitions
  if (before === undefined) return { records: [], response: { refused, delete: request } }
  const initialized = new Map(before.initialized)
  const deleting = new Set(before.deleting.keys())
  for (const { topicName: name } of topics) {
    const topic = context.image.topics.get(name)
    const known = topic && initialized.get(topic.id)
    if (topic === undefined) {
      refused.push(refuseTopic(name, errorMessage(ErrorCode.UnknownTopicOrPartition)))
    } else if (known !== undefined) {
      request.topics.push({ topicId: topic.id, partitions: known.partitions.map(partitionOf) })
      initialized.delete(topic.id)
      deleting.add(topic.id)
    } else if (deleting.has(topic.id)) {
      const partitions = allPartitions(topic.partitions.length).map(partitionOf)
      request.topics.push({ topicId: topic.id, partitions })
    } else {
      refused.push(refuseTopic(name, 'There is no offset information to delete.'))
    }
  }
  const after = { ...before, initialized, deleting: named(deleting, context) }
  const records = [statePartitionsRecord(groupId, after)]
  return { records, response: { refused, delete: request } }
}

/** Notes that the state of topics is deleted (Kafka's `completeDeleteShareGroupOffsets`). */
export function finishDeletingOffsets(
  context: GroupContext,
  groupId: string,
  topicIds: ReadonlySet<Uuid>,
): Decision<GroupRecord, DeletedOffsetsTopic[]> {
  const group = findShareGroup(context, groupId)
  const before = group instanceof ApiError ? undefined : group.statePartitions
  if (before === undefined) return { records: [], response: [] }
  const after = { ...before, deleting: omit(before.deleting, topicIds) }
  const response = Array.from(topicIds, (topicId) => ({
    topicId,
    topicName: topicName(topicId, context.image),
    errorCode: ErrorCode.None,
    errorMessage: null,
  }))
  return { records: [statePartitionsRecord(groupId, after)], response }
}

/** Returns the response to a request that fails as a whole. */
export function refuseDeletion({ errorCode, message }: ApiError): DeletedOffsets {
  return { errorCode, errorMessage: message ?? errorMessage(errorCode), responses: [] }
}

/** Returns the names of topics, as records contain them. */
export function named(
  topicIds: Iterable<Uuid>,
  { image }: Pick<GroupContext, 'image'>,
): Map<Uuid, string> {
  return new Map(Array.from(topicIds, (topicId) => [topicId, topicName(topicId, image)]))
}

function refuseTopic(name: string, text: string | null): DeletedOffsetsTopic {
  const errorCode = ErrorCode.UnknownTopicOrPartition
  return { topicName: name, topicId: ZERO_UUID, errorCode, errorMessage: text }
}

function partitionOf(partition: number): { partition: number } {
  return { partition }
}
