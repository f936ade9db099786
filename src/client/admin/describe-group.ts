import { ErrorCode } from '../../protocol/error-code.ts'
import {
  ConsumerGroupDescribe,
  DescribeGroups,
  ShareGroupDescribe,
  StreamsGroupDescribe,
} from '../../protocol/messages/index.ts'
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Signals } from '../cancellation.ts'
import { decodeAssignedPartitions } from '../consumer/consumer-protocol.ts'
import type { GroupCoordinator } from '../coordinator.ts'
import { inOrder, type TopicPartition } from '../topic-partition.ts'

type ClassicGroup = ResponseOf<typeof DescribeGroups>['groups'][number]
type ConsumerGroup = ResponseOf<typeof ConsumerGroupDescribe>['groups'][number]
type ShareGroup = ResponseOf<typeof ShareGroupDescribe>['groups'][number]
type StreamsGroup = ResponseOf<typeof StreamsGroupDescribe>['groups'][number]
type CoordinatedGroup = ConsumerGroup | ShareGroup | StreamsGroup
type StreamsMember = StreamsGroup['members'][number]

/** A group with its members. */
export interface GroupDescription {
  readonly groupId: string
  /** `consumer` is the type of KIP-848, `share` of KIP-932, `streams` of KIP-1071. */
  readonly type: 'classic' | 'consumer' | 'share' | 'streams'
  /** Such as `Stable` or `Empty`. */
  readonly state: string
  /** `consumer`, or what other members of classic groups use, such as `connect`. */
  readonly protocolType: string
  /** The assignor; empty if the group has none, or if the broker does not tell. */
  readonly assignor: string
  /** The epoch of the group; `undefined` for a classic group, whose generation is not visible. */
  readonly epoch: number | undefined
  /** The epoch of the target assignment; `undefined` for a classic group. */
  readonly assignmentEpoch: number | undefined
  readonly members: readonly MemberDescription[]
}

/** A member of a group. */
export interface MemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** The epoch of the member; `undefined` in a classic group. */
  readonly epoch: number | undefined
  /**
   * The partitions of the member; in a streams group those that its active tasks read. Empty in a
   * classic group whose protocol type is not `consumer`.
   */
  readonly assignment: readonly TopicPartition[]
}

/** The parts that descriptions of the newer kinds have in common. */
interface DescribedGroup {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Returns a group of any kind; `undefined` if it does not exist. */
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
  const request = { groupIds: [groupId], includeAuthorizedOperations: false }
  return (
    (await describeAs(coordinator, ConsumerGroupDescribe, request, ofConsumerGroup, signals)) ??
    (await describeAs(coordinator, ShareGroupDescribe, request, ofShareGroup, signals)) ??
    (await describeAs(coordinator, StreamsGroupDescribe, request, ofStreamsGroup, signals))
  )
}

/** Returns the group if it is of the kind of the API; `undefined` also if the API is not served. */
async function describeAs<G extends DescribedGroup, A extends Api>(
  coordinator: GroupCoordinator,
  api: A & { readonly name: string },
  request: RequestInput<A>,
  toDescription: (group: G) => GroupDescription,
  signals: Signals,
): Promise<GroupDescription | undefined> {
  const connection = await coordinator.connection(signals)
  if (!connection.serves(api)) return undefined
  const response = await coordinator.send(api, request, {}, signals)
  const group = (response as unknown as { groups: readonly G[] }).groups[0]!
  if (group.errorCode === ErrorCode.GroupIdNotFound) return undefined
  coordinator.check(group.errorCode, `group ${coordinator.groupId}`, group.errorMessage)
  return toDescription(group)
}

function ofClassicGroup(group: ClassicGroup): GroupDescription {
  const { groupId, groupState, protocolType, protocolData } = group
  return {
    groupId,
    type: 'classic',
    state: groupState,
    protocolType,
    assignor: protocolData,
    epoch: undefined,
    assignmentEpoch: undefined,
    members: group.members.map((member) => {
      const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = member
      const isKnown = protocolType === 'consumer' && memberAssignment.length > 0
      const assignment = isKnown ? inOrder(decodeAssignedPartitions(memberAssignment)) : []
      return { memberId, groupInstanceId, clientId, clientHost, epoch: undefined, assignment }
    }),
  }
}

function ofConsumerGroup(group: ConsumerGroup): GroupDescription {
  return {
    ...epochsOf('consumer', group),
    members: group.members.map((member) => ({
      ...memberOf(member, member.instanceId),
      assignment: partitionsOf(member.assignment.topicPartitions),
    })),
  }
}

function ofShareGroup(group: ShareGroup): GroupDescription {
  return {
    ...epochsOf('share', group),
    members: group.members.map((member) => ({
      ...memberOf(member, null),
      assignment: partitionsOf(member.assignment.topicPartitions),
    })),
  }
}

function ofStreamsGroup(group: StreamsGroup): GroupDescription {
  const topicsOf = new Map(
    (group.topology?.subtopologies ?? []).map((subtopology) => [
      subtopology.subtopologyId,
      [...subtopology.sourceTopics, ...subtopology.repartitionSourceTopics.map(({ name }) => name)],
    ]),
  )
  return {
    ...epochsOf('streams', group),
    members: group.members.map((member) => ({
      ...memberOf(member, member.instanceId),
      assignment: readByTasks(member, topicsOf),
    })),
  }
}

/** Returns the fields that groups have in common whose coordinator assigns partitions. */
function epochsOf(
  type: 'consumer' | 'share' | 'streams',
  { groupId, groupState, groupEpoch, assignmentEpoch, assignorName }: CoordinatedGroup,
): Omit<GroupDescription, 'members'> {
  return {
    groupId,
    type,
    state: groupState,
    protocolType: type,
    assignor: assignorName ?? '',
    epoch: groupEpoch,
    assignmentEpoch,
  }
}

function memberOf(
  { memberId, clientId, clientHost, memberEpoch }: CoordinatedGroup['members'][number],
  groupInstanceId: string | null,
) {
  return { memberId, groupInstanceId, clientId, clientHost, epoch: memberEpoch }
}

function partitionsOf(
  topics: readonly { readonly topicName: string; readonly partitions: readonly number[] }[],
): TopicPartition[] {
  return inOrder(
    topics.flatMap(({ topicName, partitions }) =>
      partitions.map((partition) => ({ topic: topicName, partition })),
    ),
  )
}

function readByTasks(
  { assignment }: StreamsMember,
  topicsOf: ReadonlyMap<string, readonly string[]>,
): TopicPartition[] {
  return partitionsOf(
    assignment.activeTasks.flatMap(({ subtopologyId, partitions }) =>
      (topicsOf.get(subtopologyId) ?? []).map((topicName) => ({ topicName, partitions })),
    ),
  )
}
