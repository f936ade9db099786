import type { Uuid } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { OffsetCommit } from '../../../protocol/messages/index.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { GroupRecord } from '../group-records.ts'
import type { PartitionValidator } from '../group.ts'
import type { CommittedOffset } from './committed-offset.ts'
import { mergedTopics } from './merged-topics.ts'
import { resolveTopic } from './topic-lookup.ts'
import type { TopicLookup } from './topic-lookup.ts'

/** The offsets that a client commits for a topic, in OffsetCommit and in TxnOffsetCommit. */
export interface RequestTopic {
  readonly name: string
  readonly topicId: Uuid
  readonly partitions: readonly RequestPartition[]
}

interface RequestPartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

interface ResponsePartition {
  readonly partitionIndex: number
  errorCode: ErrorCode
}

/** The responses of OffsetCommit and TxnOffsetCommit have the same fields. */
type CommitResponse = ResponseBody<typeof OffsetCommit>

/** An offset for an existing partition, and the position of its result in the response. */
interface PartitionCommit {
  readonly topic: string
  readonly partition: number
  readonly committed: CommittedOffset
  readonly outcome: ResponsePartition
}

/** Offsets to commit, whose topics and partitions have been looked up. */
export interface ResolvedCommit {
  /** The commits that the group gets. */
  readonly commits: readonly PartitionCommit[]
  /**
   * The response: errors for partitions that do not exist; all others are accepted until the group
   * refuses them.
   */
  readonly response: CommitResponse
}

export interface ResolveOptions {
  readonly lookup: TopicLookup
  /** Whether this version of the request identifies topics by id. */
  readonly usesTopicIds: boolean
  readonly nowMs: number
  /** The expiry time of the offsets; -1 for none. */
  readonly expireTimestampMs: number
}

/** Looks up the topics of a request, as Kafka does before the group coordinator gets it. */
export function resolveCommit(
  requested: readonly RequestTopic[],
  options: ResolveOptions,
): ResolvedCommit {
  const { lookup, usesTopicIds } = options
  const commits: PartitionCommit[] = []
  const topics = requested.map((topic) => {
    const { name, topicId } = resolveTopic(lookup, topic, usesTopicIds)
    const partitions = topic.partitions.map((partition): ResponsePartition => {
      const { partitionIndex } = partition
      const outcome = { partitionIndex, errorCode: checkPartition(lookup, name, partitionIndex) }
      if (outcome.errorCode === ErrorCode.None) {
        const committed = toCommittedOffset(partition, topicId, options)
        commits.push({ topic: name!, partition: partitionIndex, committed, outcome })
      }
      return outcome
    })
    return { name: topic.name, topicId: topic.topicId, partitions }
  })
  const merged = mergedTopics(
    topics,
    (topic) => lookup.topics.has(resolveTopic(lookup, topic, usesTopicIds).name ?? ''),
    ({ errorCode }) => errorCode !== ErrorCode.None,
  )
  return { commits, response: { topics: merged } }
}

/**
 * Returns the records of an accepted commit, or the error of the first partition that the validator
 * refuses. Offsets with too much metadata are left out, with an error of their own.
 */
export function commitRecords(
  groupId: string,
  { commits }: ResolvedCommit,
  offsetMetadataMaxSize: number,
  validate: PartitionValidator | undefined,
): GroupRecord[] | ApiError {
  const records: GroupRecord[] = []
  for (const { topic, partition, committed, outcome } of commits) {
    if (committed.metadata.length > offsetMetadataMaxSize) {
      outcome.errorCode = ErrorCode.OffsetMetadataTooLarge
      continue
    }
    const error = validate?.(topic, committed.topicId, partition)
    if (error !== undefined) return error
    records.push({ kind: 'offsetCommit', groupId, topic, partition, committed })
  }
  return records
}

/**
 * Returns an error if a commit may not create its group. Only a client that is no member of a group
 * creates one.
 *
 * @param knowsErrorCode whether clients of this version know GROUP_ID_NOT_FOUND. Others get
 * ILLEGAL_GENERATION.
 */
export function validateMissingGroup(
  generationId: number,
  knowsErrorCode: boolean,
): ApiError | undefined {
  if (generationId < 0) return undefined
  return ApiError.of(knowsErrorCode ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration)
}

/** Returns the response if the group accepts nothing. */
export function refuseCommit(
  { commits, response }: ResolvedCommit,
  { errorCode }: ApiError,
): CommitResponse {
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
  { nowMs, expireTimestampMs }: ResolveOptions,
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
