import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { CommitOrigin, Committer, PartitionValidator } from '../group.ts'
import type { ConsumerMember } from './consumer-member.ts'

type Members = ReadonlyMap<string, ConsumerMember>

/** Members of the consumer protocol must use this version of OffsetCommit, or a later one. */
const MEMBER_EPOCH_VERSION = 9

/**
 * Validates that a member may commit offsets. A member may use the epoch of an earlier assignment
 * for partitions that it has had since then; the returned function validates each partition.
 */
export function validateCommit(
  members: Members,
  { memberId, groupInstanceId, generationIdOrMemberEpoch: memberEpoch }: Committer,
  { isTransactional, apiVersion }: CommitOrigin,
): ApiError | PartitionValidator | undefined {
  if (memberEpoch < 0 && members.size === 0) return undefined
  // Producers that do not send the epoch of a consumer may commit at any time (KIP-447).
  const isAnonymous = memberEpoch === -1 && memberId === '' && groupInstanceId === null
  if (isTransactional && isAnonymous) return undefined
  const member = members.get(memberId)
  if (member === undefined) return ApiError.of(ErrorCode.UnknownMemberId)
  if (!isTransactional && member.classicMetadata === null && apiVersion < MEMBER_EPOCH_VERSION) {
    return ApiError.of(ErrorCode.UnsupportedVersion)
  }
  if (memberEpoch === member.memberEpoch) return undefined
  if (memberEpoch > member.memberEpoch) return staleEpoch(member)
  return (_topic, topicId, partition) => {
    const assignmentEpoch =
      member.assigned.get(topicId)?.get(partition) ??
      member.pendingRevocation.get(topicId)?.get(partition)
    const isValid = assignmentEpoch !== undefined && memberEpoch >= assignmentEpoch
    return isValid ? undefined : staleEpoch(member)
  }
}

/** Validates that a member may fetch the offsets of its group; other clients may. */
export function validateFetch(
  members: Members,
  memberId: string | null,
  memberEpoch: number,
): ApiError | undefined {
  if (memberId === null) {
    // Kafka fails on an epoch without a member id.
    return memberEpoch < 0 ? undefined : ApiError.of(ErrorCode.UnknownServerError)
  }
  const member = members.get(memberId)
  if (member === undefined) return ApiError.of(ErrorCode.UnknownMemberId)
  return memberEpoch === member.memberEpoch ? undefined : staleEpoch(member)
}

function staleEpoch({ classicMetadata }: ConsumerMember): ApiError {
  return ApiError.of(
    classicMetadata === null ? ErrorCode.StaleMemberEpoch : ErrorCode.IllegalGeneration,
  )
}
