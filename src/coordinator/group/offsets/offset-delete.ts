import { ZERO_UUID } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { OffsetDelete } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import { offsetTombstone } from '../group-records.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupState } from '../group-state.ts'
import { mergedTopics } from './merged-topics.ts'
import type { TopicLookup } from './topic-lookup.ts'

type OffsetDeleteRequest = RequestOf<typeof OffsetDelete>
type OffsetDeleteResponse = ResponseBody<typeof OffsetDelete>

/**
 * Deletes offsets of topics that the group is not subscribed to (KIP-496; Kafka's `deleteOffsets`).
 */
export function deleteOffsets(
  state: GroupState,
  lookup: TopicLookup,
  request: OffsetDeleteRequest,
): Decision<GroupRecord, OffsetDeleteResponse> | ApiError {
  const { groupId } = request
  const { offsets } = state
  const group = state.groups.get(groupId)
  if (group === undefined) return ApiError.of(ErrorCode.GroupIdNotFound)
  const error = group.validateOffsetDelete()
  if (error !== undefined) return error

  const unknown = ErrorCode.UnknownTopicOrPartition
  const records: GroupRecord[] = []
  const topics = request.topics.map(({ name, partitions }) => {
    const isSubscribed = group.isSubscribedTo(name)
    const outcomes = partitions.map(({ partitionIndex }) => {
      if (lookup.partition(name, partitionIndex) === undefined) {
        return { partitionIndex, errorCode: unknown }
      }
      if (isSubscribed) return { partitionIndex, errorCode: ErrorCode.GroupSubscribedToTopic }
      const isCommitted = offsets.get(groupId, name, partitionIndex) !== undefined
      if (isCommitted || offsets.isPending(groupId, name, partitionIndex)) {
        records.push(offsetTombstone(groupId, name, partitionIndex))
      }
      return { partitionIndex, errorCode: ErrorCode.None }
    })
    return { name, topicId: ZERO_UUID, partitions: outcomes }
  })
  const merged = mergedTopics(
    topics,
    ({ name }) => lookup.topics.has(name),
    (partition) => partition.errorCode === unknown,
  )
  return { records, response: { errorCode: ErrorCode.None, topics: merged } }
}

/** Returns the response if nothing of the request is done. */
export function refuseDelete({ errorCode }: ApiError): OffsetDeleteResponse {
  return { errorCode, topics: [] }
}
