import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { GroupRecord } from '../group-records.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { LEAVE_GROUP_STATIC_MEMBER_EPOCH, newConsumerMember } from './consumer-member.ts'
import type { ConsumerMember, OwnedPartitions } from './consumer-member.ts'
import { currentRecord, memberRecord, memberTombstones, targetRecord } from './consumer-records.ts'
import type { ReportedPartitions } from './current-assignment.ts'

/** The fields of a heartbeat that name its member. */
export interface MemberIdentity {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly topicPartitions: ReportedPartitions
}

/**
 * Returns the member that sends a heartbeat, a new one if it joins. The records replace a static
 * member by one with a new id.
 */
export function memberOfHeartbeat(
  group: ConsumerGroup,
  identity: MemberIdentity,
  records: GroupRecord[],
): ConsumerMember | ApiError {
  return identity.instanceId === null
    ? dynamicMember(group, identity)
    : staticMember(group, identity, identity.instanceId, records)
}

function dynamicMember(group: ConsumerGroup, identity: MemberIdentity): ConsumerMember | ApiError {
  const { memberId, memberEpoch, topicPartitions } = identity
  const member = group.members.get(memberId)
  if (member === undefined) {
    return memberEpoch === 0 ? newConsumerMember(memberId) : unknownMember(group, memberId)
  }
  return epochError(member, memberEpoch, topicPartitions) ?? member
}

/** Returns the static member with this instance id, if this client may act for it. */
export function ownStaticMember(
  group: ConsumerGroup,
  instanceId: string,
  memberId: string,
): ConsumerMember | ApiError {
  const member = group.staticMember(instanceId)
  if (member === undefined) {
    return new ApiError(ErrorCode.UnknownMemberId, `Instance id ${instanceId} is unknown.`)
  }
  if (member.memberId === memberId) return member
  return new ApiError(
    ErrorCode.FencedInstanceId,
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ` +
      `${member.memberId}.`,
  )
}

/** Returns UNKNOWN_MEMBER_ID with Kafka's message. */
export function unknownMember({ groupId }: ConsumerGroup, memberId: string): ApiError {
  return new ApiError(
    ErrorCode.UnknownMemberId,
    `Member ${memberId} is not a member of group ${groupId}.`,
  )
}

function staticMember(
  group: ConsumerGroup,
  { memberId, memberEpoch, topicPartitions }: MemberIdentity,
  instanceId: string,
  records: GroupRecord[],
): ConsumerMember | ApiError {
  if (memberEpoch !== 0) {
    const member = ownStaticMember(group, instanceId, memberId)
    if (member instanceof ApiError) return member
    return epochError(member, memberEpoch, topicPartitions) ?? member
  }
  const existing = group.staticMember(instanceId)
  if (existing === undefined) return group.members.get(memberId) ?? newConsumerMember(memberId)
  const isReleased = existing.memberEpoch === LEAVE_GROUP_STATIC_MEMBER_EPOCH
  if (!isReleased && existing.classicMetadata === null) {
    return new ApiError(
      ErrorCode.UnreleasedInstanceId,
      `Static member ${memberId} with instance id ${instanceId} cannot join the group because ` +
        `the instance id is owned by ${existing.memberId} member.`,
    )
  }
  const member = { ...existing, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  records.push(...replacementRecords(group, existing, member))
  return member
}

/** Gives the target and the partitions of a static member to the member that replaces it. */
export function replacementRecords(
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
): GroupRecord[] {
  const { groupId } = group
  return [
    ...memberTombstones(groupId, before.memberId),
    memberRecord(groupId, after),
    targetRecord(groupId, after.memberId, group.targetOf(before.memberId)),
    currentRecord(groupId, after),
  ]
}

/**
 * Returns an error if the epoch is not that of the member. The one before is accepted too, if the
 * member does not own more than it may: the last response may have been lost.
 */
function epochError(
  member: ConsumerMember,
  receivedEpoch: number,
  reported: ReportedPartitions,
): ApiError | undefined {
  const { memberEpoch, previousMemberEpoch } = member
  if (receivedEpoch === 0 || receivedEpoch === memberEpoch) return undefined
  const isRetry = receivedEpoch === previousMemberEpoch && isSubset(reported, member.assigned)
  if (receivedEpoch < memberEpoch && isRetry) return undefined
  const comparison = receivedEpoch > memberEpoch ? 'greater' : 'smaller'
  return new ApiError(
    ErrorCode.FencedMemberEpoch,
    `The consumer group member has a ${comparison} member epoch (${receivedEpoch}) than the one ` +
      `known by the group coordinator (${memberEpoch}). ` +
      'The member must abandon all its partitions and rejoin.',
  )
}

function isSubset(reported: ReportedPartitions, owned: OwnedPartitions): boolean {
  if (reported === null) return false
  return reported.every(({ topicId, partitions }) => {
    const epochs = owned.get(topicId)
    return epochs !== undefined && partitions.every((partition) => epochs.has(partition))
  })
}
