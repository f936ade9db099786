import { ApiError } from '../../../protocol/api-error.ts'
import type { OffsetCommit } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupState } from '../group-state.ts'
import { commitRecords, resolveCommit, validateMissingGroup } from './resolved-commit.ts'
import type { ResolvedCommit } from './resolved-commit.ts'
import { TOPIC_ID_VERSION } from './topic-lookup.ts'
import type { TopicLookup } from './topic-lookup.ts'

type OffsetCommitRequest = RequestOf<typeof OffsetCommit>

/**
 * From this version on an unknown group is an error of its own; before, its generation is illegal.
 */
const GROUP_ID_NOT_FOUND_VERSION = 9

/** Looks up the topics of a request. */
export function resolveOffsetCommit(
  lookup: TopicLookup,
  { topics, retentionTimeMs }: OffsetCommitRequest,
  apiVersion: number,
  nowMs: number,
): ResolvedCommit {
  return resolveCommit(topics, {
    lookup,
    usesTopicIds: apiVersion >= TOPIC_ID_VERSION,
    nowMs,
    expireTimestampMs: retentionTimeMs === -1 ? -1 : nowMs + retentionTimeMs,
  })
}

/**
 * Commits the offsets of a group (Kafka's `commitOffset`): all of them or none, except those with
 * too much metadata.
 */
export function commitOffsets(
  { groups }: GroupState,
  request: OffsetCommitRequest,
  apiVersion: number,
  commit: ResolvedCommit,
  offsetMetadataMaxSize: number,
): Decision<GroupRecord, ResponseBody<typeof OffsetCommit>> | ApiError {
  const { groupId, memberId, generationIdOrMemberEpoch: generationId } = request
  const group = groups.get(groupId)
  const validated =
    group !== undefined
      ? group.validateOffsetCommit(request, { isTransactional: false, apiVersion })
      : validateMissingGroup(generationId, apiVersion >= GROUP_ID_NOT_FOUND_VERSION)
  if (validated instanceof ApiError) return validated
  group?.onOffsetsCommitted(memberId)
  const records = commitRecords(groupId, commit, offsetMetadataMaxSize, validated)
  return records instanceof ApiError ? records : { records, response: commit.response }
}
