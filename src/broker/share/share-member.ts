import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { supportsShareGroups } from './share-group-config.ts'
import type { ShareMember } from './share-session-cache.ts'

const MAX_MEMBER_ID_LENGTH = 36

/** Returns the member that sent a request, or the error if the request cannot be served. */
export function shareMemberOf(
  { groupId, memberId }: { groupId: string | null; memberId: string | null },
  features: ReadonlyMap<string, number>,
): ShareMember | ApiError {
  if (!supportsShareGroups(features)) return ApiError.of(ErrorCode.UnsupportedVersion)
  if (groupId === null || memberId === null || memberId === '') {
    return ApiError.of(ErrorCode.InvalidRequest)
  }
  if (memberId.length > MAX_MEMBER_ID_LENGTH) return ApiError.of(ErrorCode.InvalidRequest)
  return { groupId, memberId }
}
