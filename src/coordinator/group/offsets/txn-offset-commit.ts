import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { TxnOffsetCommit } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import { coordinatorError } from '../../runtime/coordinator-error.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupState } from '../group-state.ts'
import { commitRecords, resolveCommit, validateMissingGroup } from './resolved-commit.ts'
import type { ResolvedCommit } from './resolved-commit.ts'
import type { TopicLookup } from './topic-lookup.ts'

type TxnOffsetCommitRequest = RequestOf<typeof TxnOffsetCommit>

/** From this version on topics have ids, and an unknown group is an error of its own (KIP-1319). */
const TOPIC_ID_VERSION = 6

/** Before this version producers do not know STALE_MEMBER_EPOCH and get ILLEGAL_GENERATION. */
const STALE_MEMBER_EPOCH_VERSION = 6

/** Before this version producers fail on COORDINATOR_LOAD_IN_PROGRESS (KAFKA-7296). */
const LOAD_IN_PROGRESS_VERSION = 2

/** Looks up the topics of a request. Offsets of transactions have no expiry time of their own. */
export function resolveTxnOffsetCommit(
  lookup: TopicLookup,
  { topics }: TxnOffsetCommitRequest,
  apiVersion: number,
  nowMs: number,
): ResolvedCommit {
  const usesTopicIds = apiVersion >= TOPIC_ID_VERSION
  return resolveCommit(topics, { lookup, usesTopicIds, nowMs, expireTimestampMs: -1 })
}

/**
 * Commits the offsets of a group in the transaction of a producer (Kafka's
 * `commitTransactionalOffset`): all of them or none, except those with too much metadata. They do
 * not count as a heartbeat of the member.
 */
export function commitTransactionalOffsets(
  { groups }: GroupState,
  request: TxnOffsetCommitRequest,
  apiVersion: number,
  commit: ResolvedCommit,
  offsetMetadataMaxSize: number,
): Decision<GroupRecord, ResponseBody<typeof TxnOffsetCommit>> | ApiError {
  const { groupId, generationIdOrMemberEpoch: generationId } = request
  const group = groups.get(groupId)
  const validated =
    group !== undefined
      ? group.validateOffsetCommit(request, { isTransactional: true, apiVersion })
      : validateMissingGroup(generationId, apiVersion >= TOPIC_ID_VERSION)
  const records =
    validated instanceof ApiError
      ? validated
      : commitRecords(groupId, commit, offsetMetadataMaxSize, validated)
  if (!(records instanceof ApiError)) return { records, response: commit.response }
  const isUnknown =
    records.errorCode === ErrorCode.StaleMemberEpoch && apiVersion < STALE_MEMBER_EPOCH_VERSION
  return isUnknown ? ApiError.of(ErrorCode.IllegalGeneration) : records
}

/**
 * Returns the client's error if its transaction cannot be verified, or its offsets cannot be
 * written.
 */
export function txnCommitError(error: ApiError, apiVersion: number): ApiError {
  const forClient = coordinatorError(error)
  return apiVersion < LOAD_IN_PROGRESS_VERSION &&
    forClient.errorCode === ErrorCode.CoordinatorLoadInProgress
    ? ApiError.of(ErrorCode.CoordinatorNotAvailable)
    : forClient
}
