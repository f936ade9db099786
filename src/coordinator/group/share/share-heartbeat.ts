import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ShareGroupHeartbeat } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { isSameAssignment, topicPartitionsOf } from '../modern/assigned-partitions.ts'
import { SubscriptionCounts } from '../modern/subscription-counts.ts'
import { fenceMember } from './fence-member.ts'
import { findOrMakeShareGroup, findShareGroup } from './find-share-group.ts'
import { initializePartitions, isAssignmentPending } from './initialize-partitions.ts'
import type { InitializeRequest } from './initialize-partitions.ts'
import { reconcileMember } from './reconcile-member.ts'
import type { ShareGroup } from './share-group.ts'
import { heartbeatIntervalMs, maxSize } from './share-group-config.ts'
import {
  isSameMetadata,
  isSameSubscription,
  JOIN_GROUP_MEMBER_EPOCH,
  newShareMember,
} from './share-member.ts'
import type { ShareMember } from './share-member.ts'
import { currentRecord, groupEpochRecord, memberRecord } from './share-records.ts'
import type { ShareGroupRecord } from './share-records.ts'
import { updateTargetAssignment } from './update-target-assignment.ts'
import { checkMemberEpoch } from './validate-share-heartbeat.ts'

type Request = RequestOf<typeof ShareGroupHeartbeat>

export type ShareHeartbeatResponse = ResponseBody<typeof ShareGroupHeartbeat>

/** The result of a heartbeat. */
export interface ShareHeartbeat {
  readonly response: ShareHeartbeatResponse
  /** Sent to the share coordinators when the records are committed; `undefined` for nothing. */
  readonly initialize: InitializeRequest | undefined
}

/** The epoch of a group, the topics for which it stands, and whether a request has changed it. */
interface NextEpoch {
  readonly epoch: number
  readonly isNew: boolean
  readonly subscriptions: SubscriptionCounts
  readonly records: readonly ShareGroupRecord[]
}

/** Joins a member, or keeps it alive (Kafka's `GroupMetadataManager.shareGroupHeartbeat`). */
export function shareHeartbeat(
  context: GroupContext,
  request: Request,
  origin: GroupRequestContext,
): Decision<GroupRecord, ShareHeartbeat> | ApiError {
  const { groupId, memberEpoch } = request
  const isJoining = memberEpoch === JOIN_GROUP_MEMBER_EPOCH
  const group = findOrMakeShareGroup(context, groupId, isJoining)
  if (group instanceof ApiError) return group
  const before = memberOf(context, group, request)
  if (before instanceof ApiError) return before
  const updated = updatedMember(before, request, origin)
  const records: ShareGroupRecord[] = []
  if (!isSameMetadata(before, updated)) records.push(memberRecord(groupId, updated))
  const next = nextEpoch(context, group, before, updated)
  const target = updateTargetAssignment(context, group, updated, next.epoch, next.subscriptions)
  const member = reconcileMember(updated, target, next.isNew, context.image)
  records.push(...next.records, ...target.records)
  if (member !== updated) records.push(currentRecord(groupId, member))
  const topicNames = next.subscriptions.entries.keys()
  const initialization = initializePartitions(context, group, topicNames, next.epoch)
  if (initialization !== undefined) records.push(initialization.record)
  const isFull = isJoining || request.subscribedTopicNames !== null
  const isChanged = isFull || !isSameAssignment(before.assigned, member.assigned)
  const response = heartbeatResponse(context, group, member, { isJoining, isChanged })
  return { records, response: { response, initialize: initialization?.request } }
}

/** Removes a member that leaves its group. */
export function leaveShareGroup(
  context: GroupContext,
  { groupId, memberId, memberEpoch }: Request,
): Decision<GroupRecord, ShareHeartbeat> | ApiError {
  const group = findShareGroup(context, groupId)
  if (group instanceof ApiError) return group
  const member = group.members.get(memberId)
  if (member === undefined) return unknownMember(groupId, memberId)
  const records = fenceMember(context, group, member, `member ${memberId} left`)
  const response = {
    errorCode: ErrorCode.None,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: 0,
    assignment: null,
  }
  return { records, response: { response, initialize: undefined } }
}

/** Returns the response to a heartbeat that fails. */
export function refuseShareHeartbeat({ errorCode, message }: ApiError): ShareHeartbeatResponse {
  return {
    errorCode,
    errorMessage: message,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  }
}

/** Returns the member that sends a heartbeat; a new one if it joins. */
function memberOf(
  context: GroupContext,
  group: ShareGroup,
  { memberId, memberEpoch }: Request,
): ShareMember | ApiError {
  const member = group.members.get(memberId)
  if (member !== undefined) return checkMemberEpoch(member, memberEpoch) ?? member
  const size = maxSize(context)
  if (group.members.size >= size) {
    return new ApiError(
      ErrorCode.GroupMaxSizeReached,
      `The share group has reached its maximum capacity of ${size} members.`,
    )
  }
  if (memberEpoch === JOIN_GROUP_MEMBER_EPOCH) return newShareMember(memberId)
  return unknownMember(group.groupId, memberId)
}

function updatedMember(
  member: ShareMember,
  { rackId, subscribedTopicNames }: Request,
  { clientId, connection }: GroupRequestContext,
): ShareMember {
  const updated = {
    ...member,
    rackId: rackId ?? member.rackId,
    clientId: clientId ?? '',
    clientHost: `/${connection.clientHost}`,
    subscribedTopicNames:
      subscribedTopicNames === null ? member.subscribedTopicNames : new Set(subscribedTopicNames),
  }
  return isSameMetadata(member, updated) ? member : updated
}

/** Begins a new epoch if the target assignment must be computed again. */
function nextEpoch(
  { clock, hooks, metadataHashes, topicChanges }: GroupContext,
  group: ShareGroup,
  before: ShareMember,
  updated: ShareMember,
): NextEpoch {
  const { groupId, groupEpoch } = group
  let cause = causeOf(group, before, updated)
  const nowMs = clock.now()
  if (cause === undefined && !group.hasMetadataExpired(nowMs)) {
    return { epoch: groupEpoch, isNew: false, subscriptions: group.subscriptions, records: [] }
  }
  const subscriptions = new SubscriptionCounts(group.subscriptions)
  subscriptions.removeNames(before.subscribedTopicNames)
  subscriptions.addNames(updated.subscribedTopicNames)
  const hash = metadataHashes.groupHash(subscriptions.entries.keys())
  if (hash !== group.metadataHash) cause ??= topicChanges.describe(subscriptions.entries.keys())
  const isNew = cause !== undefined
  const epoch = isNew ? groupEpoch + 1 : groupEpoch
  if (cause !== undefined) hooks.rebalanced(groupId, epoch, cause)
  group.metadataWasRefreshed(nowMs, epoch)
  const records = isNew ? [groupEpochRecord(groupId, epoch, hash)] : []
  return { epoch, isNew, subscriptions, records }
}

/** Returns why the request begins a new epoch, apart from a change of the topics. */
function causeOf(group: ShareGroup, before: ShareMember, updated: ShareMember): string | undefined {
  const { memberId } = updated
  if (!isSameSubscription(before, updated)) {
    return group.members.has(memberId)
      ? `member ${memberId} changed its subscription`
      : `member ${memberId} joined`
  }
  const isPending = group.assignmentEpoch >= group.groupEpoch && isAssignmentPending(group)
  return isPending ? 'the share state of partitions was initialized' : undefined
}

function heartbeatResponse(
  context: GroupContext,
  group: ShareGroup,
  { memberId, memberEpoch, assigned }: ShareMember,
  { isJoining, isChanged }: { isJoining: boolean; isChanged: boolean },
): ShareHeartbeatResponse {
  return {
    errorCode: ErrorCode.None,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: heartbeatIntervalMs(context, group, isJoining),
    assignment: isChanged ? { topicPartitions: topicPartitionsOf(assigned) } : null,
  }
}

function unknownMember(groupId: string, memberId: string): ApiError {
  return new ApiError(
    ErrorCode.UnknownMemberId,
    `Member ${memberId} is not a member of group ${groupId}.`,
  )
}
