import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { Heartbeat, LeaveGroup, SyncGroup } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type {
  JoinGroupRequest,
  JoinGroupResponse,
  SyncGroupResponse,
} from '../classic/classic-member.ts'
import { heartbeat } from '../classic/heartbeat.ts'
import { joinGroup } from '../classic/join-group.ts'
import { leaveGroup } from '../classic/leave-group.ts'
import type { LeavingMember } from '../classic/leaving-member.ts'
import { syncGroup } from '../classic/sync-group.ts'
import { ConsumerGroup } from '../consumer/consumer-group.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { heartbeatConsumerGroup } from './heartbeat-consumer-group.ts'
import { joinConsumerGroup } from './join-consumer-group.ts'
import { removeFromConsumerGroup } from './leave-consumer-group.ts'
import { syncConsumerGroup } from './sync-consumer-group.ts'

/**
 * The first version of LeaveGroup that can remove several members, and static ones by their
 * instance id (KIP-345).
 */
const BATCH_VERSION = 3

/** Lets a classic member join a group of either kind. An empty group becomes a classic one. */
export function joinWithClassicProtocol(
  context: GroupContext,
  received: JoinGroupRequest,
  origin: GroupRequestContext,
  reply: (response: Outcome<JoinGroupResponse>) => void,
): void {
  // Version 0 has no separate rebalance timeout.
  const request =
    origin.apiVersion === 0
      ? { ...received, rebalanceTimeoutMs: received.sessionTimeoutMs }
      : received
  const group = context.groups.get(request.groupId)
  if (!(group instanceof ConsumerGroup) || group.isEmpty) {
    return joinGroup(context, request, origin, reply)
  }
  reply(joinConsumerGroup(context, group, request, origin))
}

/** Returns the assignment of a classic member of a group of either kind. */
export function syncWithClassicProtocol(
  context: GroupContext,
  request: RequestOf<typeof SyncGroup>,
  reply: (response: Outcome<SyncGroupResponse>) => void,
): void {
  const group = context.groups.get(request.groupId)
  if (!(group instanceof ConsumerGroup)) return syncGroup(context, request, reply)
  reply(syncConsumerGroup(context, group, request))
}

/** Renews the session of a classic member. Returns an error if it has to join again. */
export function heartbeatOfClassicProtocol(
  context: GroupContext,
  request: RequestOf<typeof Heartbeat>,
): ApiError | undefined {
  const group = context.groups.get(request.groupId)
  return group instanceof ConsumerGroup
    ? heartbeatConsumerGroup(context, group, request)
    : heartbeat(context, request)
}

/** Removes members from a group of either kind. */
export function leaveWithClassicProtocol(
  context: GroupContext,
  { groupId, memberId, members }: RequestOf<typeof LeaveGroup>,
  apiVersion: number,
): ResponseBody<typeof LeaveGroup> | ApiError {
  const isBatch = apiVersion >= BATCH_VERSION
  const leaving: readonly LeavingMember[] = isBatch
    ? members
    : [{ memberId, groupInstanceId: null, reason: null }]
  const group = context.groups.get(groupId)
  const errors =
    group instanceof ConsumerGroup
      ? removeFromConsumerGroup(context, group, leaving)
      : leaveGroup(context, groupId, leaving)
  if (errors instanceof ApiError) return errors
  if (!isBatch) return { errorCode: errors[0]!, members: [] }
  const results = leaving.map((member, index) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    errorCode: errors[index]!,
  }))
  return { errorCode: ErrorCode.None, members: results }
}
