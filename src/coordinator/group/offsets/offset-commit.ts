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

/** From this version on an unknown group is called that; before, its generation was illegal. */
const GROUP_ID_NOT_FOUND_VERSION = 9

interface ResponsePartition {
  readonly partitionIndex: number
  errorCode: ErrorCode
}

/** An offset for a partition that exists, and the place of its outcome in the response. */
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
  /** Only these reach the group. */
  readonly commits: readonly PartitionCommit[]
  /** Refuses what names no partition, each for itself; everything else is accepted until the group says otherwise. */
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

/** Keeps the offsets that a group has reached (Kafka's `commitOffset`): all of them or none, but for metadata that is too large. */
export function commitOffsets(
  { groups }: GroupState,
  { request, apiVersion, commits, response }: ResolvedCommit,
  offsetMetadataMaxSize: number,
): Decision<GroupRecord, OffsetCommitResponse> | ApiError {
  const { groupId, memberId } = request
  const group = groups.get(groupId)
  const errorCode = validate(group, request, apiVersion)
  if (errorCode !== ErrorCode.None) return ApiError.of(errorCode)
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

/** Returns the response when the group takes nothing. */
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

/** A group that does not exist is made for a consumer that only keeps offsets. */
function validate(
  group: Group | undefined,
  request: OffsetCommitRequest,
  apiVersion: number,
): ErrorCode {
  if (group !== undefined) return group.validateOffsetCommit(request)
  if (request.generationIdOrMemberEpoch < 0) return ErrorCode.None
  return apiVersion >= GROUP_ID_NOT_FOUND_VERSION
    ? ErrorCode.GroupIdNotFound
    : ErrorCode.IllegalGeneration
}
