import { ErrorCode } from '../../protocol/error-code.ts'
import type { OffsetCommit } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import type { CommittedOffset } from './committed-offsets.ts'
import { UNKNOWN_MEMBER_ID } from './group-responses.ts'
import type { GroupShard } from './group-shard.ts'
import { mergedTopics } from './merged-topics.ts'
import { offsetCommitRecord } from './offsets-records.ts'
import { resolveTopic } from './topic-lookup.ts'
import type { TopicLookup } from './topic-lookup.ts'

type OffsetCommitRequest = RequestOf<typeof OffsetCommit>
type OffsetCommitResponse = ResponseBody<typeof OffsetCommit>
type RequestPartition = OffsetCommitRequest['topics'][number]['partitions'][number]

/** From this version on an unknown group is called that; before, its generation was illegal. */
const GROUP_ID_NOT_FOUND_VERSION = 9

interface ResponsePartition {
  readonly partitionIndex: number
  errorCode: ErrorCode
}

/** A partition that exists, and where its outcome is to be put. */
interface Commit {
  readonly topic: string
  readonly partition: number
  readonly committed: CommittedOffset
  readonly outcome: ResponsePartition
}

/**
 * Keeps the offsets that a group has reached. What names no partition is refused first, each for itself; the rest
 * stands or falls with the group, but for metadata that is too large.
 *
 * @param shard the group's, or why it cannot be asked
 */
export function offsetCommit(
  shard: GroupShard | ErrorCode,
  lookup: TopicLookup,
  request: OffsetCommitRequest,
  apiVersion: number,
  nowMs: number,
): OffsetCommitResponse {
  const commits: Commit[] = []
  const expireTimestampMs = request.retentionTimeMs === -1 ? -1 : nowMs + request.retentionTimeMs
  const topics = request.topics.map((topic) => {
    const { name, topicId } = resolveTopic(lookup, topic, apiVersion)
    const partitions = topic.partitions.map((partition): ResponsePartition => {
      const { partitionIndex } = partition
      const outcome = { partitionIndex, errorCode: checkPartition(lookup, name, partitionIndex) }
      if (outcome.errorCode === ErrorCode.None) {
        const committed = toCommittedOffset(partition, topicId, nowMs, expireTimestampMs)
        commits.push({ topic: name!, partition: partitionIndex, committed, outcome })
      }
      return outcome
    })
    return { name: topic.name, topicId: topic.topicId, partitions }
  })
  const answer = mergedTopics(
    topics,
    (topic) => lookup.topics.has(resolveTopic(lookup, topic, apiVersion).name ?? ''),
    ({ errorCode }) => errorCode !== ErrorCode.None,
  )
  if (commits.length > 0) {
    const errorCode =
      typeof shard === 'number' ? shard : commitAll(shard, request, apiVersion, commits)
    if (errorCode !== ErrorCode.None)
      for (const { outcome } of commits) outcome.errorCode = errorCode
  }
  return { topics: answer }
}

function checkPartition(
  lookup: TopicLookup,
  topic: string | undefined,
  partition: number,
): ErrorCode {
  if (topic === undefined) return ErrorCode.UnknownTopicId
  const exists = lookup.partition(topic, partition) !== undefined
  return exists ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition
}

function toCommittedOffset(
  partition: RequestPartition,
  topicId: string,
  nowMs: number,
  expireTimestampMs: number,
): CommittedOffset {
  return {
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? '',
    commitTimestampMs: nowMs,
    expireTimestampMs,
    topicId,
  }
}

/** Returns what failed for all of them; marks those whose own metadata is too large. */
function commitAll(
  shard: GroupShard,
  request: OffsetCommitRequest,
  apiVersion: number,
  commits: readonly Commit[],
): ErrorCode {
  const { groupId, memberId } = request
  const group = shard.groups.get(groupId)
  const errorCode = validate(group, request, apiVersion)
  if (errorCode !== ErrorCode.None) return errorCode
  if (
    group?.state === ClassicGroupState.Stable ||
    group?.state === ClassicGroupState.PreparingRebalance
  ) {
    const member = group.members.get(memberId)!
    member.session.renew(member.sessionTimeoutMs)
  }
  const accepted = commits.filter(({ committed, outcome }) => {
    if (committed.metadata.length <= shard.config.offsetMetadataMaxSize) return true
    outcome.errorCode = ErrorCode.OffsetMetadataTooLarge
    return false
  })
  const appendError = shard.append(
    accepted.map(({ topic, partition, committed }) =>
      offsetCommitRecord(groupId, topic, partition, committed),
    ),
  )
  if (appendError !== ErrorCode.None) return appendError
  if (group === undefined && accepted.length > 0) shard.createClassicGroup(groupId)
  for (const { topic, partition, committed } of accepted) {
    shard.offsets.put(groupId, topic, partition, committed)
  }
  return ErrorCode.None
}

/** Whether the group takes this commit. One that does not exist is made for a consumer that only wants to keep offsets. */
function validate(
  group: ClassicGroup | undefined,
  request: OffsetCommitRequest,
  apiVersion: number,
): ErrorCode {
  const { generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } = request
  if (group === undefined) {
    if (generationId < 0) return ErrorCode.None
    return apiVersion >= GROUP_ID_NOT_FOUND_VERSION
      ? ErrorCode.GroupIdNotFound
      : ErrorCode.IllegalGeneration
  }
  const isEmpty = group.state === ClassicGroupState.Empty
  if (generationId < 0 && isEmpty) return ErrorCode.None
  if (generationId >= 0 || memberId !== UNKNOWN_MEMBER_ID || groupInstanceId !== null) {
    const errorCode = group.validateMember(memberId, groupInstanceId)
    if (errorCode !== ErrorCode.None) return errorCode
    if (generationId !== group.generationId) return ErrorCode.IllegalGeneration
  } else if (!isEmpty) {
    return ErrorCode.UnknownMemberId
  }
  // The member has the new generation from its JoinGroup, but not yet what is assigned to it.
  return group.state === ClassicGroupState.CompletingRebalance
    ? ErrorCode.RebalanceInProgress
    : ErrorCode.None
}
