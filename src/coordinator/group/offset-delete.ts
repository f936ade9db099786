import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { OffsetDelete } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import type { GroupShard } from './group-shard.ts'
import { mergedTopics } from './merged-topics.ts'
import { offsetCommitTombstone } from './offsets-records.ts'
import type { OffsetsRecord } from './offsets-records.ts'
import type { TopicLookup } from './topic-lookup.ts'

type OffsetDeleteRequest = RequestOf<typeof OffsetDelete>
type OffsetDeleteResponse = ResponseBody<typeof OffsetDelete>

/** Forgets offsets of topics that the group does not subscribe to (KIP-496). */
export function offsetDelete(
  shard: GroupShard,
  lookup: TopicLookup,
  request: OffsetDeleteRequest,
): OffsetDeleteResponse {
  const { groupId } = request
  const group = shard.groups.get(groupId)
  const groupError = group === undefined ? ErrorCode.GroupIdNotFound : validate(group)
  if (groupError !== ErrorCode.None) return offsetDeleteError(groupError)

  const unknown = ErrorCode.UnknownTopicOrPartition
  const deletions: { topic: string; partition: number }[] = []
  const topics = request.topics.map(({ name, partitions }) => {
    const isSubscribed = group!.isSubscribedTo(name)
    const outcomes = partitions.map(({ partitionIndex }) => {
      if (lookup.partition(name, partitionIndex) === undefined) {
        return { partitionIndex, errorCode: unknown }
      }
      if (isSubscribed) return { partitionIndex, errorCode: ErrorCode.GroupSubscribedToTopic }
      if (shard.offsets.get(groupId, name, partitionIndex) !== undefined) {
        deletions.push({ topic: name, partition: partitionIndex })
      }
      return { partitionIndex, errorCode: ErrorCode.None }
    })
    return { name, topicId: ZERO_UUID, partitions: outcomes }
  })
  const errorCode = shard.append(tombstones(groupId, deletions))
  if (errorCode !== ErrorCode.None) return offsetDeleteError(errorCode)
  for (const { topic, partition } of deletions) shard.offsets.delete(groupId, topic, partition)
  return {
    errorCode: ErrorCode.None,
    topics: mergedTopics(
      topics,
      ({ name }) => lookup.topics.has(name),
      (partition) => partition.errorCode === unknown,
    ),
  }
}

/** The answer when the group as a whole cannot be asked. */
export function offsetDeleteError(errorCode: ErrorCode): OffsetDeleteResponse {
  return { errorCode, topics: [] }
}

/** A group of another protocol than the consumers' has to be empty: what its members use is not known. */
function validate(group: ClassicGroup): ErrorCode {
  return group.state === ClassicGroupState.Empty || group.usesConsumerGroupProtocol
    ? ErrorCode.None
    : ErrorCode.NonEmptyGroup
}

function tombstones(
  groupId: string,
  deletions: readonly { topic: string; partition: number }[],
): OffsetsRecord[] {
  return deletions.map(({ topic, partition }) => offsetCommitTombstone(groupId, topic, partition))
}
