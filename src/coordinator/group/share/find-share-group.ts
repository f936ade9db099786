import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { GroupContext } from '../group-context.ts'
import { makeShareGroup } from './make-share-group.ts'
import { ShareGroup } from './share-group.ts'

/** Returns the share group with this id, or GROUP_ID_NOT_FOUND. */
export function findShareGroup(
  { groups }: Pick<GroupContext, 'groups'>,
  groupId: string,
): ShareGroup | ApiError {
  const group = groups.get(groupId)
  if (group instanceof ShareGroup) return group
  return notFound(
    group === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a share group.`,
  )
}

/**
 * Returns the share group with this id. Kafka's error has other words here.
 *
 * @param creates whether a group that does not exist is made; it is stored with its first record
 */
export function findOrMakeShareGroup(
  context: GroupContext,
  groupId: string,
  creates: boolean,
): ShareGroup | ApiError {
  if (context.groups.has(groupId)) return findShareGroup(context, groupId)
  if (creates) return makeShareGroup(groupId, context)
  return notFound(`Share group ${groupId} not found.`)
}

function notFound(message: string): ApiError {
  return new ApiError(ErrorCode.GroupIdNotFound, message)
}
