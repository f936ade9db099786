import type { Decoded } from '../../../protocol/schema/index.ts'
import type {
  StreamsGroupCurrentMemberAssignmentRecord,
  StreamsGroupMemberMetadataRecord,
} from '../../../protocol/internal/streams-group-records.ts'
import { noTasks, sameAssignedTasks, taskIdsOf, taskSetOf } from './tasks.ts'
import type { ActiveTasks, AssignedTasks } from './tasks.ts'

export type MemberMetadataValue = Decoded<(typeof StreamsGroupMemberMetadataRecord)['value']>
export type CurrentAssignmentValue = Decoded<
  (typeof StreamsGroupCurrentMemberAssignmentRecord)['value']
>

/** The state of a member in its group, with the codes of records (Kafka's `MemberState`). */
export const MemberState = {
  /** It has its target assignment. */
  Stable: 1,
  /** It must first revoke tasks. */
  UnrevokedTasks: 2,
  /** It waits for tasks that others have not released yet. */
  UnreleasedTasks: 3,
  /** A later version of Kafka wrote the state. */
  Unknown: 127,
} as const
export type MemberState = (typeof MemberState)[keyof typeof MemberState]

/** The member epoch of a request that joins. */
export const JOIN_EPOCH = 0
/** The member epoch of a request that leaves. */
export const LEAVE_EPOCH = -1
/** The member epoch of a static member that leaves for a while. */
export const STATIC_LEAVE_EPOCH = -2

/** A member of a streams group (Kafka's `StreamsGroupMember`). Immutable. */
export interface StreamsMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly topologyEpoch: number
  readonly processId: string
  readonly userEndpoint: Endpoint | null
  readonly clientTags: ReadonlyMap<string, string>
  readonly assignedTasks: AssignedTasks
  readonly tasksPendingRevocation: AssignedTasks
}

/** The address at which a member answers interactive queries. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Returns a member without metadata and tasks. */
export function newMember(memberId: string): StreamsMember {
  return {
    memberId,
    memberEpoch: JOIN_EPOCH,
    previousMemberEpoch: JOIN_EPOCH,
    state: MemberState.Stable,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    topologyEpoch: -1,
    processId: '',
    userEndpoint: null,
    clientTags: new Map(),
    assignedTasks: noTasks,
    tasksPendingRevocation: noTasks,
  }
}

/** Whether it has all tasks of the target assignment of this epoch. */
export function isReconciledTo(member: StreamsMember, targetEpoch: number): boolean {
  return member.state === MemberState.Stable && member.memberEpoch === targetEpoch
}

/** Whether both are the same address, or both absent. */
export function sameEndpoint(one: Endpoint | null, other: Endpoint | null): boolean {
  return one?.host === other?.host && one?.port === other?.port
}

/** Whether both have the same values by key. */
export function sameTags(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): boolean {
  if (one.size !== other.size) return false
  for (const [key, value] of one) if (other.get(key) !== value) return false
  return true
}

/** Whether the metadata of both, which their record contains, is the same. */
export function sameMetadata(one: StreamsMember, other: StreamsMember): boolean {
  return (
    one.instanceId === other.instanceId &&
    one.rackId === other.rackId &&
    one.clientId === other.clientId &&
    one.clientHost === other.clientHost &&
    one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
    one.topologyEpoch === other.topologyEpoch &&
    one.processId === other.processId &&
    sameEndpoint(one.userEndpoint, other.userEndpoint) &&
    sameTags(one.clientTags, other.clientTags)
  )
}

/** Whether epochs, state and tasks of both, which their record contains, are the same. */
export function sameCurrentAssignment(one: StreamsMember, other: StreamsMember): boolean {
  return (
    one.memberEpoch === other.memberEpoch &&
    one.previousMemberEpoch === other.previousMemberEpoch &&
    one.state === other.state &&
    sameAssignedTasks(one.assignedTasks, other.assignedTasks) &&
    sameAssignedTasks(one.tasksPendingRevocation, other.tasksPendingRevocation)
  )
}

/** Returns the member with the metadata of a record. */
export function withMetadata(member: StreamsMember, value: MemberMetadataValue): StreamsMember {
  return {
    ...member,
    instanceId: value.instanceId,
    rackId: value.rackId,
    clientId: value.clientId,
    clientHost: value.clientHost,
    rebalanceTimeoutMs: value.rebalanceTimeoutMs,
    topologyEpoch: value.topologyEpoch,
    processId: value.processId,
    userEndpoint: value.userEndpoint,
    clientTags: new Map(value.clientTags.map((tag) => [tag.key, tag.value])),
  }
}

/** Returns the record value of the metadata. */
export function metadataValueOf(member: StreamsMember): MemberMetadataValue {
  return {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    userEndpoint: member.userEndpoint,
    clientTags: [...member.clientTags.keys()]
      .sort()
      .map((key) => ({ key, value: member.clientTags.get(key)! })),
  }
}

/** Returns the member with the epochs, state and tasks of a record. */
export function withCurrentAssignment(
  member: StreamsMember,
  value: CurrentAssignmentValue,
): StreamsMember {
  const { memberEpoch, previousMemberEpoch } = value
  return {
    ...member,
    memberEpoch,
    previousMemberEpoch,
    state: stateOf(value.state),
    assignedTasks: {
      active: activeTasksOf(value.activeTasks, memberEpoch),
      standby: taskSetOf(value.standbyTasks),
      warmup: taskSetOf(value.warmupTasks),
    },
    tasksPendingRevocation: {
      active: activeTasksOf(value.activeTasksPendingRevocation, memberEpoch),
      standby: taskSetOf(value.standbyTasksPendingRevocation),
      warmup: taskSetOf(value.warmupTasksPendingRevocation),
    },
  }
}

/** Returns the record value of epochs, state and tasks. */
export function currentAssignmentValueOf(member: StreamsMember): CurrentAssignmentValue {
  const { assignedTasks, tasksPendingRevocation } = member
  return {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: member.state,
    activeTasks: withEpochs(assignedTasks.active),
    standbyTasks: withoutEpochs(assignedTasks.standby),
    warmupTasks: withoutEpochs(assignedTasks.warmup),
    activeTasksPendingRevocation: withEpochs(tasksPendingRevocation.active),
    standbyTasksPendingRevocation: withoutEpochs(tasksPendingRevocation.standby),
    warmupTasksPendingRevocation: withoutEpochs(tasksPendingRevocation.warmup),
  }
}

type StoredTasks = CurrentAssignmentValue['activeTasks']

/** Tasks without epochs, which older versions of Kafka wrote, get the epoch of the member. */
function activeTasksOf(tasks: StoredTasks, memberEpoch: number): ActiveTasks {
  return new Map(
    tasks.map(({ subtopologyId, partitions, assignmentEpochs }) => {
      const epochs = assignmentEpochs?.length === partitions.length ? assignmentEpochs : undefined
      return [
        subtopologyId,
        new Map(partitions.map((each, index) => [each, epochs?.[index] ?? memberEpoch])),
      ]
    }),
  )
}

function withEpochs(tasks: ActiveTasks): StoredTasks {
  return taskIdsOf(tasks).map(({ subtopologyId, partitions }) => ({
    subtopologyId,
    partitions,
    assignmentEpochs: partitions.map((each) => tasks.get(subtopologyId)!.get(each)!),
  }))
}

function withoutEpochs(tasks: AssignedTasks['standby']): StoredTasks {
  return taskIdsOf(tasks).map((each) => ({ ...each, assignmentEpochs: [] }))
}

function stateOf(code: number): MemberState {
  switch (code) {
    case MemberState.Stable:
    case MemberState.UnrevokedTasks:
    case MemberState.UnreleasedTasks:
      return code
    default:
      return MemberState.Unknown
  }
}
