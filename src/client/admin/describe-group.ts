import { ErrorCode } from '../../protocol/error-code.ts'
import { ConsumerGroupDescribe, DescribeGroups } from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Signals } from '../cancellation.ts'
import { decodeAssignedPartitions } from '../consumer/consumer-protocol.ts'
import type { GroupCoordinator } from '../coordinator.ts'
import type { TopicPartition } from '../topic-partition.ts'

type ClassicGroup = ResponseOf<typeof DescribeGroups>['groups'][number]
type ConsumerGroup = ResponseOf<typeof ConsumerGroupDescribe>['groups'][number]

/** A group with its members. */
export interface GroupDescription {
  readonly groupId: string
  /** `consumer` is the type of KIP-848. */
  readonly type: 'classic' | 'consumer'
  /** Such as `Stable` or `Empty`. */
  readonly state: string
  /** `consumer`, or what other members of classic groups use, such as `connect`. */
  readonly protocolType: string
  /** The assignor; empty if the group has none. */
  readonly assignor: string
  readonly members: readonly MemberDescription[]
}

/** A member of a group. */
export interface MemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Empty if the protocol type is not `consumer`. */
  readonly assignment: readonly TopicPartition[]
}

/** Returns a classic or a consumer group; `undefined` if it does not exist. */
export async function describeGroup(
  coordinator: GroupCoordinator,
  signals: Signals,
): Promise<GroupDescription | undefined> {
  const { groupId } = coordinator
  const classic = { groups: [groupId], includeAuthorizedOperations: false }
  const { groups } = await coordinator.send(DescribeGroups, classic, {}, signals)
  const group = groups[0]!
  // Brokers before DescribeGroups v6 say that a group is dead where it does not exist.
  const isMissing = group.errorCode === ErrorCode.GroupIdNotFound || group.groupState === 'Dead'
  if (!isMissing) {
    coordinator.check(group.errorCode, `group ${groupId}`, group.errorMessage)
    return ofClassicGroup(group)
  }
  const connection = await coordinator.connection(signals)
  if (!connection.serves(ConsumerGroupDescribe)) return undefined
  const request = { groupIds: [groupId], includeAuthorizedOperations: false }
  const response = await coordinator.send(ConsumerGroupDescribe, request, {}, signals)
  const found = response.groups[0]!
  if (found.errorCode === ErrorCode.GroupIdNotFound) return undefined
  coordinator.check(found.errorCode, `group ${groupId}`, found.errorMessage)
  return ofConsumerGroup(found)
}

function ofClassicGroup(group: ClassicGroup): GroupDescription {
  const { groupId, groupState, protocolType, protocolData } = group
  return {
    groupId,
    type: 'classic',
    state: groupState,
    protocolType,
    assignor: protocolData,
    members: group.members.map((member) => {
      const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = member
      const isKnown = protocolType === 'consumer' && memberAssignment.length > 0
      const assignment = isKnown ? decodeAssignedPartitions(memberAssignment) : []
      return { memberId, groupInstanceId, clientId, clientHost, assignment }
    }),
  }
}

function ofConsumerGroup(group: ConsumerGroup): GroupDescription {
  const { groupId, groupState, assignorName } = group
  return {
    groupId,
    type: 'consumer',
    state: groupState,
    protocolType: 'consumer',
    assignor: assignorName,
    members: group.members.map(({ memberId, instanceId, clientId, clientHost, assignment }) => ({
      memberId,
      groupInstanceId: instanceId,
      clientId,
      clientHost,
      assignment: assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, partition })),
      ),
    })),
  }
}
