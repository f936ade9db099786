import { randomUuid } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../classic/classic-member.ts'
import { UNKNOWN_MEMBER_ID, joinError } from '../classic/responses.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { ConsumerGroup } from '../consumer/consumer-group.ts'
import { newConsumerMember } from '../consumer/consumer-member.ts'
import type { ConsumerMember } from '../consumer/consumer-member.ts'
import { updateGroupEpoch } from '../consumer/group-epoch.ts'
import type { MemberUpdate } from '../consumer/group-epoch.ts'
import { groupFullError, reconcile, updateSubscription } from '../consumer/heartbeat.ts'
import { ownStaticMember, replacementRecords } from '../consumer/member-of-heartbeat.ts'
import { updateTargetAssignment } from '../consumer/target-assignment.ts'
import { topicPartitionsOf } from '../modern/assigned-partitions.ts'
import { awaitSync } from './classic-member-timers.ts'
import { canDowngradeReplacing, downgradeToClassicGroup } from './downgrade.ts'
import { partitionsById, subscriptionOf } from './embedded-protocol.ts'
import type { Subscription } from './embedded-protocol.ts'
import { migrationPolicy } from './migration-policy.ts'
import { updatedClassicMember } from './updated-classic-member.ts'

/** A classic member that joins a consumer group. */
interface Joining {
  readonly context: GroupContext
  readonly group: ConsumerGroup
  readonly request: JoinGroupRequest
  readonly origin: GroupRequestContext
  /** The id of the request, or a new one. */
  readonly memberId: string
}

/** The first version in which a new dynamic member must join again with its id (KIP-394). */
const MEMBER_ID_REQUIRED_VERSION = 4

/**
 * Lets a classic member join a consumer group (Kafka's `classicGroupJoinToConsumerGroup`): the
 * coordinator assigns its partitions, and answers immediately.
 */
export function joinConsumerGroup(
  context: GroupContext,
  group: ConsumerGroup,
  request: JoinGroupRequest,
  origin: GroupRequestContext,
): Outcome<JoinGroupResponse> {
  const isNew = request.memberId === UNKNOWN_MEMBER_ID
  const memberId = isNew ? randomUuid(context.random) : request.memberId
  const joining: Joining = { context, group, request, origin, memberId }
  const error = joinRefusal(joining)
  if (error !== undefined) return error
  const needsId = origin.apiVersion >= MEMBER_ID_REQUIRED_VERSION
  if (isNew && needsId && request.groupInstanceId === null) {
    return joinError(memberId, ErrorCode.MemberIdRequired)
  }
  const decision = decideJoin(joining)
  if (decision instanceof ApiError) return decision
  const failed = context.writer.append(decision.records)
  if (failed !== undefined) return failed
  onJoined(joining)
  return context.writer.whenCommitted(decision.response)
}

function joinRefusal({ context, group, request, memberId }: Joining): ApiError | undefined {
  const { allowsUpgrade, allowsDowngrade } = migrationPolicy(context.brokerConfig)
  const inconsistent = ApiError.of(ErrorCode.InconsistentGroupProtocol)
  if (!allowsUpgrade && !allowsDowngrade) return inconsistent
  const instanceId = request.groupInstanceId
  const fullError = groupFullError(context, group, { memberId, instanceId })
  if (fullError !== undefined) return fullError
  return supportsProtocols(group, request) ? undefined : inconsistent
}

/** Whether all classic members of the group support one of the protocols. */
function supportsProtocols(
  group: ConsumerGroup,
  { protocolType, protocols }: JoinGroupRequest,
): boolean {
  if (protocolType !== 'consumer') return false
  const classic = [...group.members.values()].flatMap(({ classicMetadata }) =>
    classicMetadata === null ? [] : [classicMetadata.supportedProtocols],
  )
  return protocols.some(({ name }) =>
    classic.every((supported) => supported.some((protocol) => protocol.name === name)),
  )
}

function decideJoin(joining: Joining): Decision<GroupRecord, JoinGroupResponse> | ApiError {
  const { request, memberId } = joining
  const records: GroupRecord[] = []
  const before = joiningMember(joining, records)
  if (before instanceof ApiError) return before
  const subscription = subscriptionOf(request.protocols[0]!.metadata)
  if (subscription === undefined) return ApiError.of(ErrorCode.InconsistentGroupProtocol)
  const after = updatedClassicMember(before, request, joining.origin, subscription)
  const joined = joinedMember(joining, { before, after }, subscription, records)
  if (joined instanceof ApiError) return joined
  return {
    records,
    response: {
      errorCode: ErrorCode.None,
      generationId: joined.memberEpoch,
      protocolType: 'consumer',
      protocolName: request.protocols[0]!.name,
      leader: '',
      skipAssignment: false,
      memberId,
      members: [],
    },
  }
}

/** Returns the member before it joins. The records replace a static member. */
function joiningMember(
  { group, request, memberId }: Joining,
  records: GroupRecord[],
): ConsumerMember | ApiError {
  const { groupInstanceId: instanceId } = request
  if (instanceId === null) return group.members.get(memberId) ?? newConsumerMember(memberId)
  if (request.memberId !== UNKNOWN_MEMBER_ID) return ownStaticMember(group, instanceId, memberId)
  const existing = group.staticMember(instanceId)
  if (existing === undefined) return newConsumerMember(memberId)
  const member = { ...existing, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  records.push(...replacementRecords(group, existing, member))
  return member
}

/** Returns the member with its epoch and partitions. The group may become a classic one. */
function joinedMember(
  { context, group, request }: Joining,
  update: MemberUpdate,
  subscription: Subscription,
  records: GroupRecord[],
): ConsumerMember | ApiError {
  const { after } = update
  const updated = updateSubscription(context, group, update, records)
  if (updated instanceof ApiError) return updated
  const epoch = updateGroupEpoch(context, group, update, updated.hasChanged, records)
  const reconciliation = {
    hasSubscriptionChanged: updated.hasChanged,
    resolvedRegexes: group.resolvedRegexes,
    partitionEpochs: group.partitionEpochs,
    reported: topicPartitionsOf(partitionsById(subscription.ownedPartitions, context.image)),
    image: context.image,
  }
  const replaced =
    request.groupInstanceId === null ? undefined : group.staticMember(request.groupInstanceId)
  if (replaced === undefined || !canDowngradeReplacing(context, group, replaced)) {
    const target = updateTargetAssignment(context, group, epoch, update, records)
    return reconcile(after, group, records, {
      ...reconciliation,
      targetEpoch: target.epoch,
      target: target.assigned,
    })
  }
  const isStale = group.assignmentEpoch < epoch.epoch
  const joined = isStale
    ? after
    : reconcile(after, group, records, {
        ...reconciliation,
        targetEpoch: group.assignmentEpoch,
        target: group.targetOfMember(after),
      })
  if (joined instanceof ApiError) return joined
  const rebalanceCause = isStale ? `member ${after.memberId} replaced the last consumer` : undefined
  records.push(...downgradeToClassicGroup(context, group, { joining: joined, rebalanceCause }))
  return joined
}

/** Starts the timers of the member, if it is in a consumer group now. */
function onJoined({ context, group: { groupId }, memberId, origin }: Joining): void {
  const group = context.groups.get(groupId)
  if (context.expireMembersOfClosedConnections) group?.bindConnection(memberId, origin.connection)
  if (!(group instanceof ConsumerGroup)) return
  group.renewSession(memberId)
  awaitSync(context, group, group.members.get(memberId)!)
}
