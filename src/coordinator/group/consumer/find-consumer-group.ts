import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { GroupContext } from '../group-context.ts'
import { upgradeToConsumerGroup } from '../migration/upgrade.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { JoinableGroup } from './joinable-group.ts'
import { makeConsumerGroup } from './make-consumer-group.ts'

/** Returns the consumer group with this id, or GROUP_ID_NOT_FOUND. */
export function findConsumerGroup(
  { groups }: Pick<GroupContext, 'groups'>,
  groupId: string,
): ConsumerGroup | ApiError {
  const group = groups.get(groupId)
  if (group === undefined) return notFound(`Group ${groupId} not found.`)
  return group instanceof ConsumerGroup ? group : notConsumer(groupId)
}

/**
 * Returns the group of a member that sends a heartbeat (Kafka's `getOrMaybeCreateConsumerGroup`).
 *
 * @param isJoining whether the group is created if needed. A classic group becomes a consumer
 * group, with its members if it has some.
 */
export function groupOfHeartbeat(
  context: GroupContext,
  groupId: string,
  isJoining: boolean,
): JoinableGroup | ApiError {
  const group = context.groups.get(groupId)
  if (group instanceof ConsumerGroup) return { group, records: [] }
  if (group === undefined) {
    if (!isJoining) return notFound(`Consumer group ${groupId} not found.`)
    return { group: makeConsumerGroup(groupId, context), records: [] }
  }
  if (!isJoining || group.type !== 'classic') return notConsumer(groupId)
  if (!group.isEmpty) return upgradeToConsumerGroup(context, group)
  return { group: makeConsumerGroup(groupId, context), records: group.tombstones() }
}

function notConsumer(groupId: string): ApiError {
  return notFound(`Group ${groupId} is not a consumer group.`)
}

function notFound(message: string): ApiError {
  return new ApiError(ErrorCode.GroupIdNotFound, message)
}
