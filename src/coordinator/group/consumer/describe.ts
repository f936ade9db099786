import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ConsumerGroupDescribe } from '../../../protocol/messages/index.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { GroupContext } from '../group-context.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { preferredAssignor } from './server-assignors.ts'

export type DescribedGroup = ResponseBody<typeof ConsumerGroupDescribe>['groups'][number]
type DescribedMember = DescribedGroup['members'][number]
type Assignment = DescribedMember['assignment']
type TopicsById = Pick<MetadataImage, 'topicsById'>

/** The types of a member: it uses the classic protocol or that of consumer groups (KIP-1099). */
const MemberType = { Classic: 0, Consumer: 1 } as const

/** Describes a group, with the current and the target assignment of each member. */
export function describeConsumerGroup(
  { brokerConfig, image }: Pick<GroupContext, 'brokerConfig' | 'image'>,
  group: ConsumerGroup,
): DescribedGroup {
  return {
    errorCode: ErrorCode.None,
    errorMessage: null,
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: preferredAssignor(group.serverAssignors, brokerConfig),
    members: group.orderedMembers.map((member) => describeMember(group, member, image)),
  }
}

/** Returns the description of a group that cannot be described. */
export function refuseConsumerGroup(groupId: string, error: ApiError): DescribedGroup {
  return {
    errorCode: error.errorCode,
    errorMessage: error.message,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
  }
}

function describeMember(
  group: ConsumerGroup,
  member: ConsumerMember,
  image: TopicsById,
): DescribedMember {
  const current = new Map<string, number[]>()
  for (const [topicId, epochs] of [...member.assigned, ...member.pendingRevocation]) {
    current.set(topicId, [...(current.get(topicId) ?? []), ...epochs.keys()])
  }
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.subscribedTopicNames],
    subscribedTopicRegex: member.subscribedTopicRegex,
    assignment: describeAssignment(current, image),
    targetAssignment: describeAssignment(group.targetOf(member.memberId), image),
    memberType: member.classicMetadata === null ? MemberType.Consumer : MemberType.Classic,
  }
}

/** Deleted topics are omitted. */
function describeAssignment(
  assigned: ReadonlyMap<string, readonly number[]>,
  { topicsById }: TopicsById,
): Assignment {
  const topicPartitions = [...assigned].flatMap(([topicId, partitions]) => {
    const topicName = topicsById.get(topicId)?.name
    if (topicName === undefined) return []
    return [{ topicId, topicName, partitions: partitions.toSorted((a, b) => a - b) }]
  })
  return { topicPartitions }
}
