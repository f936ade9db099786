import { invariant } from '../../../platform/invariant.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import type { ClassicMember } from '../classic/classic-member.ts'
import type { GroupContext } from '../group-context.ts'
import type { Group } from '../group.ts'
import type { ConsumerGroup } from '../consumer/consumer-group.ts'
import { newConsumerMember } from '../consumer/consumer-member.ts'
import type { ConsumerMember } from '../consumer/consumer-member.ts'
import {
  currentRecord,
  groupEpochRecord,
  memberRecord,
  targetEpochRecord,
  targetRecord,
} from '../consumer/consumer-records.ts'
import type { ConsumerGroupRecord } from '../consumer/consumer-records.ts'
import type { JoinableGroup } from '../consumer/joinable-group.ts'
import { makeConsumerGroup } from '../consumer/make-consumer-group.ts'
import { replayConsumerRecord } from '../consumer/replay-consumer-record.ts'
import { NO_PARTITIONS } from '../modern/assigned-partitions.ts'
import type { AssignedPartitions } from '../modern/assignment-input.ts'
import { assignmentOf, partitionsById, subscriptionOf } from './embedded-protocol.ts'
import { migrationPolicy } from './migration-policy.ts'

/** A member of a classic group in the form of a consumer group. */
interface UpgradedMember {
  readonly member: ConsumerMember
  readonly target: AssignedPartitions
}

/**
 * Returns the consumer group that takes the place of a classic group with members, and its records
 * (Kafka's `convertToConsumerGroup`). All members keep their partitions.
 */
export function upgradeToConsumerGroup(
  context: GroupContext,
  classicGroup: Group,
): JoinableGroup | ApiError {
  invariant(classicGroup instanceof ClassicGroup, 'only a classic group is upgraded')
  const error = upgradeError(context, classicGroup)
  if (error !== undefined) return error
  // As in Kafka, even if the group cannot be upgraded in the end.
  classicGroup.refuseWaiting(ErrorCode.RebalanceInProgress)
  const members = upgradedMembers(context, classicGroup)
  if (members instanceof ApiError) return members
  const records = groupRecords(context, classicGroup, members)
  const { groupId, generationId } = classicGroup
  context.hooks.rebalanced(groupId, generationId, 'migrated to a consumer group')
  return {
    group: replayed(context, groupId, records),
    records: [...classicGroup.tombstones(), ...records],
  }
}

function upgradeError({ brokerConfig }: GroupContext, group: ClassicGroup): ApiError | undefined {
  if (!migrationPolicy(brokerConfig).allowsUpgrade) {
    return cannotUpgrade(group, ' because online upgrade is disabled.')
  }
  if (!group.usesConsumerProtocol) {
    return cannotUpgrade(group, ' because the group does not use the consumer embedded protocol.')
  }
  if (group.members.size > brokerConfig.number('group.consumer.max.size')) {
    return cannotUpgrade(group, ' because the group size exceeds the consumer group maximum size.')
  }
  return undefined
}

function cannotUpgrade({ groupId }: ClassicGroup, because: string): ApiError {
  const message = `Cannot upgrade classic group ${groupId} to consumer group${because}`
  return new ApiError(ErrorCode.GroupIdNotFound, message)
}

function upgradedMembers(context: GroupContext, group: ClassicGroup): UpgradedMember[] | ApiError {
  // Kafka fails before the first generation, too.
  const { protocolName } = group
  if (protocolName === null) return ApiError.of(ErrorCode.UnknownServerError)
  const upgraded: UpgradedMember[] = []
  for (const member of group.members) {
    const result = upgradedMember(context, group, member, protocolName)
    if (result instanceof ApiError) return result
    upgraded.push(result)
  }
  return upgraded
}

function upgradedMember(
  { image }: GroupContext,
  group: ClassicGroup,
  member: ClassicMember,
  protocolName: string,
): UpgradedMember | ApiError {
  // Kafka fails, too, for a member that waits for a generation with a protocol that it has.
  if (!member.supports(protocolName)) return ApiError.of(ErrorCode.UnknownServerError)
  const hasAssignment = member.assignment.length > 0
  const assignment = hasAssignment ? assignmentOf(member.assignment) : undefined
  if ((assignment?.userData?.length ?? 0) > 0) {
    return cannotUpgrade(
      group,
      ' because an unsupported custom assignor is in use. Please refer to the documentation or ' +
        'switch to a default assignor before re-attempting the upgrade.',
    )
  }
  const subscription = subscriptionOf(member.metadata(protocolName))
  if (subscription === undefined || (hasAssignment && assignment === undefined)) {
    return cannotUpgrade(group, ' because the embedded consumer protocol is malformed.')
  }
  const target =
    assignment === undefined ? NO_PARTITIONS : partitionsById(assignment.assignedPartitions, image)
  const { generationId } = group
  return {
    target,
    member: {
      ...newConsumerMember(member.memberId),
      memberEpoch: generationId,
      previousMemberEpoch: generationId,
      instanceId: member.groupInstanceId,
      rackId: subscription.rackId === '' ? null : subscription.rackId,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: new Set(subscription.topics),
      assigned: new Map(
        Array.from(target, ([topicId, partitions]) => [
          topicId,
          new Map(partitions.map((partition) => [partition, generationId])),
        ]),
      ),
      classicMetadata: {
        sessionTimeoutMs: member.sessionTimeoutMs,
        supportedProtocols: member.protocols,
      },
    },
  }
}

function groupRecords(
  { metadataHashes }: GroupContext,
  { groupId, generationId }: ClassicGroup,
  members: readonly UpgradedMember[],
): ConsumerGroupRecord[] {
  const topics = new Set(members.flatMap(({ member }) => [...member.subscribedTopicNames]))
  return [
    ...members.map(({ member }) => memberRecord(groupId, member)),
    groupEpochRecord(groupId, generationId, metadataHashes.groupHash(topics)),
    ...members.map(({ member, target }) => targetRecord(groupId, member.memberId, target)),
    targetEpochRecord(groupId, generationId, 0),
    ...members.map(({ member }) => currentRecord(groupId, member)),
  ]
}

/** Returns the group as the records describe it, before they are written. */
function replayed(
  context: GroupContext,
  groupId: string,
  records: readonly ConsumerGroupRecord[],
): ConsumerGroup {
  const group = makeConsumerGroup(groupId, context)
  const store = { get: () => group, put: () => {}, remove: () => {} }
  for (const record of records) replayConsumerRecord(store, record, context)
  return group
}
