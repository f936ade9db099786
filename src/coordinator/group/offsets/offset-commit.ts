import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { OffsetCommit } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupState } from '../group-state.ts'
import type { Group } from '../group.ts'
import type { CommittedOffset } from './committed-offset.ts'
import { mergedTopics } from './merged-topics.ts'
import { resolveTopic } from './topic-lookup.ts'
import type { TopicLookup } from './topic-lookup.ts'

type OffsetCommitRequest = RequestOf<typeof OffsetCommit>
type OffsetCommitResponse = ResponseBody<typeof OffsetCommit>
type RequestPartition = OffsetCommitRequest['topics'][number]['partitions'][number]

/**
 * From this version on an unknown group is an error of its own; before, its generation is illegal.
 */
const GROUP_ID_NOT_FOUND_VERSION = 9

interface ResponsePartition {
  readonly partitionIndex: number
  errorCode: ErrorCode
}

/** An offset for an existing partition, and the position of its result in the response. */
interface PartitionCommit {
  readonly topic: string
  readonly partition: number
  readonly committed: CommittedOffset
  readonly outcome: ResponsePartition
}

/** An OffsetCommit whose topics and partitions have been looked up. */
export interface ResolvedCommit {
  readonly request: OffsetCommitRequest
  readonly apiVersion: number
  /** The commits that the group gets. */
  readonly commits: readonly PartitionCommit[]
  /**
   * The response: errors for partitions that do not exist; all others are accepted until the group
   * refuses them.
   */
  readonly response: OffsetCommitResponse
}

/** Looks up the topics of a request, as Kafka does before the group coordinator gets it. */
export function resolveCommit(
  lookup: TopicLookup,
  request: OffsetCommitRequest,
  apiVersion: number,
  nowMs: number,
): ResolvedCommit {
  const commits: PartitionCommit[] = []
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
  const merged = mergedTopics(
    topics,
    (topic) => lookup.topics.has(resolveTopic(lookup, topic, apiVersion).name ?? ''),
    ({ errorCode }) => errorCode !== ErrorCode.None,
  )
  return { request, apiVersion, commits, response: { topics: merged } }
}

/**
 * Commits the offsets of a group (Kafka's `commitOffset`): all of them or none, except those with
 * too much metadata.
 */
export function commitOffsets(
  { groups }: GroupState,
  { request, apiVersion, commits, response }: ResolvedCommit,
  offsetMetadataMaxSize: number,
): Decision<GroupRecord, OffsetCommitResponse> | ApiError {
  const { groupId, memberId } = request
  const group = groups.get(groupId)
  const error = validate(group, request, apiVersion)
  if (error !== undefined) return error
  group?.onOffsetsCommitted(memberId)
  const records: GroupRecord[] = []
  for (const { topic, partition, committed, outcome } of commits) {
    if (committed.metadata.length > offsetMetadataMaxSize) {
      outcome.errorCode = ErrorCode.OffsetMetadataTooLarge
    } else {
      records.push({ kind: 'offsetCommit', groupId, topic, partition, committed })
    }
  }
  return { records, response }
}

/** Returns the response if the group accepts nothing. */
export function refuseCommit(
  { commits, response }: ResolvedCommit,
  { errorCode }: ApiError,
): OffsetCommitResponse {
  for (const { outcome } of commits) outcome.errorCode = errorCode
  return response
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

/** A missing group is created for a consumer that only commits offsets. */
function validate(
  group: Group | undefined,
  request: OffsetCommitRequest,
  apiVersion: number,
): ApiError | undefined {
  if (group !== undefined) return group.validateOffsetCommit(request)
  if (request.generationIdOrMemberEpoch < 0) return undefined
  const isKnownCode = apiVersion >= GROUP_ID_NOT_FOUND_VERSION
  return ApiError.of(isKnownCode ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration)
}
