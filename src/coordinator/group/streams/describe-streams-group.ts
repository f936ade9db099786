import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupDescribe } from '../../../protocol/messages/89-streams-group-describe.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { GroupContext } from '../group-context.ts'
import { findStreamsGroup } from './find-streams-group.ts'
import { assignorNameOf } from './streams-config.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import { taskOffsetsOf } from './task-offsets.ts'
import { taskIdsOf } from './tasks.ts'
import type { AssignedTasks, Tasks } from './tasks.ts'
import type { ConfiguredInternalTopic } from './topics/configured-subtopology.ts'
import type { ConfiguredTopology } from './topics/configured-topology.ts'

export type DescribedStreamsGroup = ResponseBody<typeof StreamsGroupDescribe>['groups'][number]
type DescribedTopology = NonNullable<DescribedStreamsGroup['topology']>
type DescribedMember = DescribedStreamsGroup['members'][number]
type DescribedTopic = NonNullable<
  DescribedTopology['subtopologies']
>[number]['stateChangelogTopics'][number]

/** Whether a response has the description of the topology, if the request asks for it. */
const DescriptionStatus = { NotStored: 1, Available: 3 } as const

/** Returns epochs, topology and members of a group (Kafka's `asDescribedGroup`). */
export function describeStreamsGroup(
  context: GroupContext,
  groupId: string,
  includesDescription: boolean,
): DescribedStreamsGroup | ApiError {
  const group = findStreamsGroup(context.groups, groupId)
  if (group instanceof ApiError) return group
  const { topology } = group
  const { configuredTopology: configured } = group.transient
  return {
    errorCode: ErrorCode.None,
    groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    topology:
      configured !== undefined && configured.error === undefined
        ? describeConfigured(configured)
        : (topology?.describe() ?? null),
    members: [...group.members.values()].map((member) => describeMember(group, member)),
    assignorName: assignorNameOf(context, groupId),
    ...(includesDescription ? describedTopology(context, group) : undefined),
  }
}

/** Returns the description of the topology, if it is stored. */
function describedTopology(
  { topologyDescriptions }: GroupContext,
  { groupId, topology, metadata }: StreamsGroup,
): Pick<DescribedStreamsGroup, 'topologyDescription' | 'topologyDescriptionStatus'> {
  const { storedDescriptionTopologyEpoch: storedEpoch } = metadata
  const isStored = topology !== undefined && storedEpoch === topology.epoch
  const topologyDescription = isStored ? topologyDescriptions?.get(groupId, storedEpoch) : undefined
  return topologyDescription === undefined
    ? { topologyDescriptionStatus: DescriptionStatus.NotStored }
    : { topologyDescription, topologyDescriptionStatus: DescriptionStatus.Available }
}

/** Returns the description of a group that cannot be described. */
export function refuseStreamsDescription(
  groupId: string,
  { errorCode, message }: ApiError,
): DescribedStreamsGroup {
  return {
    errorCode,
    errorMessage: message,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    members: [],
  }
}

function describeConfigured({ epoch, subtopologies }: ConfiguredTopology): DescribedTopology {
  return {
    epoch,
    subtopologies: [...(subtopologies ?? [])].map(([subtopologyId, subtopology]) => ({
      subtopologyId,
      sourceTopics: [...subtopology.sourceTopics].sort(),
      repartitionSinkTopics: [...subtopology.repartitionSinkTopics].sort(),
      stateChangelogTopics: describeTopics(subtopology.stateChangelogTopics),
      repartitionSourceTopics: describeTopics(subtopology.repartitionSourceTopics),
    })),
  }
}

function describeTopics(topics: ReadonlyMap<string, ConfiguredInternalTopic>): DescribedTopic[] {
  return [...topics.keys()].sort().map((name) => {
    const { numPartitions, replicationFactor, configs } = topics.get(name)!
    return {
      name,
      partitions: numPartitions,
      replicationFactor: replicationFactor ?? 0,
      topicConfigs: [...configs].map(([key, value]) => ({ key, value })),
    }
  })
}

function describeMember(group: StreamsGroup, member: StreamsMember): DescribedMember {
  const { memberId, clientTags, assignedTasks } = member
  const { offsets, endOffsets } = group.transient.taskOffsetsOf(memberId)
  return {
    memberId,
    memberEpoch: member.memberEpoch,
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    userEndpoint: member.userEndpoint,
    clientTags: [...clientTags].map(([key, value]) => ({ key, value })),
    taskOffsets: taskOffsetsOf(offsets),
    taskEndOffsets: taskOffsetsOf(endOffsets),
    assignment: describeTasks(assignedTasks),
    targetAssignment: describeTasks(group.targetOf(memberId)),
    isClassic: false,
  }
}

function describeTasks({
  active,
  standby,
  warmup,
}: Tasks | AssignedTasks): DescribedMember['assignment'] {
  return {
    activeTasks: taskIdsOf(active),
    standbyTasks: taskIdsOf(standby),
    warmupTasks: taskIdsOf(warmup),
  }
}
