import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { Group } from '../group.ts'
import { StreamsGroup } from './streams-group.ts'

/** Returns the streams group of this id, or GROUP_ID_NOT_FOUND. */
export function findStreamsGroup(
  groups: ReadonlyMap<string, Group>,
  groupId: string,
  missing = `Group ${groupId} not found.`,
): StreamsGroup | ApiError {
  const group = groups.get(groupId)
  if (group === undefined) return new ApiError(ErrorCode.GroupIdNotFound, missing)
  if (group instanceof StreamsGroup) return group
  return new ApiError(ErrorCode.GroupIdNotFound, `Group ${groupId} is not a streams group.`)
}
