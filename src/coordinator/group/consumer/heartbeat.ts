import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ConsumerGroupHeartbeat } from '../../../protocol/messages/index.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { MemberState } from '../modern/member-state.ts'
import { isReconciledTo } from '../modern/modern-member.ts'
import { heartbeatIntervalMs } from './consumer-group-config.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import {
  hasSameAssignment,
  hasSameMetadata,
  isSameOwnership,
  isSameSet,
} from './consumer-member.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { currentRecord, memberRecord } from './consumer-records.ts'
import { nextAssignment } from './current-assignment.ts'
import type { Reconciliation } from './current-assignment.ts'
import { groupOfHeartbeat } from './find-consumer-group.ts'
import { updateGroupEpoch } from './group-epoch.ts'
import type { MemberUpdate } from './group-epoch.ts'
import { heartbeatResponse } from './heartbeat-response.ts'
import type { HeartbeatResponse } from './heartbeat-response.ts'
import { memberOfHeartbeat } from './member-of-heartbeat.ts'
import { preferredAssignor } from './server-assignors.ts'
import { assignorAfter, updateTargetAssignment } from './target-assignment.ts'
import { RegexUpdate, updateRegexes } from './update-regexes.ts'

type Request = RequestOf<typeof ConsumerGroupHeartbeat>

/** How a request changes the subscription of its member. */
interface SubscriptionUpdate {
  readonly hasChanged: boolean
  /** Whether it has changed and its topics are known: those of a regular expression may not be. */
  readonly hasNewTopics: boolean
}

/** The client that sends a heartbeat. */
type Origin = Pick<GroupRequestContext, 'clientId' | 'connection'>

/**
 * Lets a member join its group, or keeps it there, and brings it closer to its target assignment
 * (Kafka's `consumerGroupHeartbeat`). The member id is set.
 */
export function consumerGroupHeartbeat(
  context: GroupContext,
  request: Request,
  origin: Origin,
): Decision<GroupRecord, HeartbeatResponse> | ApiError {
  const { groupId, memberEpoch } = request
  const joinable = groupOfHeartbeat(context, groupId, memberEpoch === 0)
  if (joinable instanceof ApiError) return joinable
  const { group } = joinable
  const fullError = groupFullError(context, group, request)
  if (fullError !== undefined) return fullError
  const records: GroupRecord[] = [...joinable.records]
  const before = memberOfHeartbeat(group, request, records)
  if (before instanceof ApiError) return before
  const update = { before, after: updatedMember(before, request, origin) }
  const after = reconciledMember(context, group, update, request, records)
  if (after instanceof ApiError) return after
  const isFullRequest =
    request.rebalanceTimeoutMs !== -1 &&
    (request.subscribedTopicNames !== null || request.subscribedTopicRegex !== null) &&
    request.topicPartitions !== null
  const hasAssignment =
    memberEpoch === 0 || isFullRequest || !isSameOwnership(before.assigned, after.assigned)
  const isWaiting = memberEpoch === 0 || after.state !== MemberState.Stable
  const response = heartbeatResponse({
    memberId: after.memberId,
    memberEpoch: after.memberEpoch,
    heartbeatIntervalMs: heartbeatIntervalMs(context, group, isWaiting),
    assigned: hasAssignment ? after.assigned : undefined,
  })
  return { records, response }
}

/** Returns the member after the heartbeat: with its new subscription, target and partitions. */
function reconciledMember(
  context: GroupContext,
  group: ConsumerGroup,
  update: MemberUpdate,
  request: Request,
  records: GroupRecord[],
): ConsumerMember | ApiError {
  const subscription = updateSubscription(context, group, update, records)
  if (subscription instanceof ApiError) return subscription
  const currentAssignor = preferredAssignor(group.serverAssignors, context.brokerConfig)
  const mustBump =
    subscription.hasNewTopics || currentAssignor !== assignorAfter(context, group, update)
  const epoch = updateGroupEpoch(context, group, update, mustBump, records)
  const target = updateTargetAssignment(context, group, epoch, update, records)
  return reconcile(update.after, group, records, {
    targetEpoch: target.epoch,
    target: target.assigned,
    hasSubscriptionChanged: subscription.hasChanged,
    resolvedRegexes: group.resolvedRegexes,
    partitionEpochs: group.partitionEpochs,
    reported: request.topicPartitions,
    image: context.image,
  })
}

/** Adds the records of a member's new metadata. Returns whether its subscription has changed. */
export function updateSubscription(
  context: GroupContext,
  group: ConsumerGroup,
  update: MemberUpdate,
  records: GroupRecord[],
): SubscriptionUpdate | ApiError {
  const { before, after } = update
  if (!hasSameMetadata(before, after)) records.push(memberRecord(group.groupId, after))
  const regexUpdate = updateRegexes(context, group, update, records)
  if (regexUpdate instanceof ApiError) return regexUpdate
  const haveNamesChanged = !isSameSet(before.subscribedTopicNames, after.subscribedTopicNames)
  return {
    hasChanged: haveNamesChanged || regexUpdate !== RegexUpdate.None,
    hasNewTopics: haveNamesChanged || regexUpdate === RegexUpdate.Resolved,
  }
}

/**
 * Returns the member after its next step to its target (Kafka's `maybeReconcile`), and its record.
 */
export function reconcile(
  member: ConsumerMember,
  group: ConsumerGroup,
  records: GroupRecord[],
  reconciliation: Reconciliation,
): ConsumerMember | ApiError {
  const { hasSubscriptionChanged, targetEpoch } = reconciliation
  if (!hasSubscriptionChanged && isReconciledTo(member, targetEpoch)) return member
  const next = nextAssignment(member, reconciliation)
  if (next instanceof ApiError) return next
  if (!hasSameAssignment(member, next)) records.push(currentRecord(group.groupId, next))
  return next
}

function updatedMember(
  member: ConsumerMember,
  request: Request,
  { clientId, connection }: Origin,
): ConsumerMember {
  const { subscribedTopicNames: names, rebalanceTimeoutMs } = request
  return {
    ...member,
    instanceId: request.instanceId ?? member.instanceId,
    rackId: request.rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: request.serverAssignor ?? member.serverAssignor,
    subscribedTopicNames: names === null ? member.subscribedTopicNames : new Set(names),
    subscribedTopicRegex: request.subscribedTopicRegex ?? member.subscribedTopicRegex,
    clientId: clientId ?? '',
    clientHost: `/${connection.clientHost}`,
    classicMetadata: null,
  }
}

/**
 * Returns an error if the group has no place for another member. A static member that returns, or a
 * member that is in the group, needs none.
 */
export function groupFullError(
  { brokerConfig }: GroupContext,
  group: ConsumerGroup,
  { memberId, instanceId }: Pick<Request, 'memberId' | 'instanceId'>,
): ApiError | undefined {
  const maxSize = brokerConfig.number('group.consumer.max.size')
  if (group.members.size < maxSize || group.members.has(memberId)) return undefined
  if (instanceId !== null && group.staticMember(instanceId) !== undefined) return undefined
  return new ApiError(
    ErrorCode.GroupMaxSizeReached,
    `The consumer group has reached its maximum capacity of ${maxSize} members.`,
  )
}
