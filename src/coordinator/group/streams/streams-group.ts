import type { MetadataDelta } from '../../../controller/metadata-image.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { GroupConnection } from '../group-request-context.ts'
import type { GroupSnapshot } from '../group-snapshot.ts'
import type {
  CommitOrigin,
  Committer,
  Group,
  ListedGroup,
  PartitionValidator,
  RetentionStart,
} from '../group.ts'
import type { MemberSession } from '../member-session.ts'
import { StreamsGroupState } from './streams-group-state.ts'
import { LEAVE_EPOCH, isReconciledTo, newMember, withCurrentAssignment } from './streams-member.ts'
import type {
  CurrentAssignmentValue,
  MemberMetadataValue,
  StreamsMember,
} from './streams-member.ts'
import { withMetadata } from './streams-member.ts'
import { groupMetadataRecord, groupTombstones } from './streams-records.ts'
import type {
  StreamsGroupMetadataValue,
  StreamsGroupRecord,
  TargetAssignmentMetadataValue,
} from './streams-records.ts'
import { snapshotOf } from './streams-snapshot.ts'
import type { PartitionTest } from './streams-snapshot.ts'
import { StreamsTopology } from './streams-topology.ts'
import { TaskOwners } from './task-owners.ts'
import { noTasks } from './tasks.ts'
import type { Tasks } from './tasks.ts'
import { TransientState } from './transient-state.ts'
import { validateCommitEpoch } from './validate-commit.ts'

/** The functions of a group that need the rest of the coordinator. */
export interface StreamsGroupEnvironment {
  /** Whether the topic has the partition. */
  readonly hasPartition: PartitionTest
  openSession(group: StreamsGroup, memberId: string): MemberSession
  /** Called when the partition of the group is loaded. Starts the timers of the members. */
  onLoaded(group: StreamsGroup): void
  /** Called when the group is deleted. */
  onDeleted(group: StreamsGroup): void
}

/** The epoch of a group, and of its assignment, before the first member joins. */
const INITIAL_EPOCH = 1
/** In place of a topology epoch: there is none. */
const NO_EPOCH = -1

/** The first version of OffsetCommit whose clients know member epochs. */
const MEMBER_EPOCH_VERSION = 9

const initialMetadata: StreamsGroupMetadataValue = {
  epoch: INITIAL_EPOCH,
  metadataHash: 0n,
  validatedTopologyEpoch: NO_EPOCH,
  lastAssignmentConfigs: [],
  storedDescriptionTopologyEpoch: NO_EPOCH,
  failedDescriptionTopologyEpoch: NO_EPOCH,
}

/**
 * A streams group (KIP-1071, Kafka's `StreamsGroup`). Only `replay` methods change what its records
 * contain.
 */
export class StreamsGroup implements Group {
  readonly type = 'streams'
  readonly expires = true
  readonly groupId: string
  readonly owners = new TaskOwners()
  /** The state that is not stored. */
  readonly transient = new TransientState()
  readonly #environment: StreamsGroupEnvironment
  readonly #members = new Map<string, StreamsMember>()
  /** Member ids of static members, by instance id. */
  readonly #staticMembers = new Map<string, string>()
  readonly #targetAssignment = new Map<string, Tasks>()
  readonly #sessions = new Map<string, MemberSession>()
  #metadata = initialMetadata
  #assignmentConfigs: ReadonlyMap<string, string> = new Map()
  #assignmentEpoch = INITIAL_EPOCH
  #assignmentTimestamp = 0
  #topology: StreamsTopology | undefined
  #state: StreamsGroupState = StreamsGroupState.Empty

  constructor(groupId: string, environment: StreamsGroupEnvironment) {
    this.groupId = groupId
    this.#environment = environment
  }

  get state(): StreamsGroupState {
    return this.#state
  }

  get isEmpty(): boolean {
    return this.#state === StreamsGroupState.Empty
  }

  /** The epoch of the group and the data that is stored with it. */
  get metadata(): StreamsGroupMetadataValue {
    return this.#metadata
  }

  get epoch(): number {
    return this.#metadata.epoch
  }

  /** The configs of the last assignment, by name. */
  get assignmentConfigs(): ReadonlyMap<string, string> {
    return this.#assignmentConfigs
  }

  /** The group epoch of the target assignment. */
  get assignmentEpoch(): number {
    return this.#assignmentEpoch
  }

  /** When the target assignment was computed, in milliseconds; 0 if the next need not wait. */
  get assignmentTimestamp(): number {
    return this.#assignmentTimestamp
  }

  /** The target tasks of each member. */
  get targetAssignment(): ReadonlyMap<string, Tasks> {
    return this.#targetAssignment
  }

  get topology(): StreamsTopology | undefined {
    return this.#topology
  }

  get members(): ReadonlyMap<string, StreamsMember> {
    return this.#members
  }

  staticMember(instanceId: string): StreamsMember | undefined {
    const memberId = this.#staticMembers.get(instanceId)
    return memberId === undefined ? undefined : this.#members.get(memberId)
  }

  targetOf(memberId: string): Tasks {
    return this.#targetAssignment.get(memberId) ?? noTasks
  }

  /** Returns the member, or UNKNOWN_MEMBER_ID. */
  member(memberId: string): StreamsMember | ApiError {
    return (
      this.#members.get(memberId) ??
      new ApiError(
        ErrorCode.UnknownMemberId,
        `Member ${memberId} is not a member of group ${this.groupId}.`,
      )
    )
  }

  replayMetadata(value: StreamsGroupMetadataValue): void {
    this.#metadata = value
    const configs = value.lastAssignmentConfigs ?? []
    this.#assignmentConfigs = new Map(configs.map((each) => [each.key, each.value]))
    this.#updateState()
  }

  replayTopology(value: StreamsTopology['value'] | null): void {
    this.#topology = value === null ? undefined : new StreamsTopology(value)
    this.#updateState()
  }

  replayTargetMetadata(value: TargetAssignmentMetadataValue | null): void {
    this.#assignmentEpoch = value?.assignmentEpoch ?? NO_EPOCH
    this.#assignmentTimestamp = value?.assignmentTimestamp ?? 0
    this.#updateState()
  }

  replayTarget(memberId: string, target: Tasks | null): void {
    if (target === null) this.#targetAssignment.delete(memberId)
    else this.#targetAssignment.set(memberId, target)
  }

  replayMember(memberId: string, value: MemberMetadataValue | null): void {
    const existing = this.#members.get(memberId)
    if (value !== null) return this.#update(withMetadata(existing ?? newMember(memberId), value))
    if (existing !== undefined) this.#remove(existing)
  }

  replayCurrentAssignment(memberId: string, value: CurrentAssignmentValue | null): void {
    const existing = this.#members.get(memberId)
    if (value !== null) {
      return this.#update(withCurrentAssignment(existing ?? newMember(memberId), value))
    }
    if (existing === undefined) return
    this.#update({
      ...existing,
      memberEpoch: LEAVE_EPOCH,
      previousMemberEpoch: LEAVE_EPOCH,
      assignedTasks: noTasks,
      tasksPendingRevocation: noTasks,
    })
  }

  /** Moves the deadline of the member's session to `timeoutMs` from now. */
  renewSession(memberId: string, timeoutMs: number): void {
    if (this.#members.has(memberId)) this.#session(memberId).renew(timeoutMs)
  }

  asListed(): ListedGroup {
    return {
      groupId: this.groupId,
      protocolType: 'streams',
      groupState: this.#state,
      groupType: this.type,
    }
  }

  snapshot(): GroupSnapshot {
    return snapshotOf(this, this.#environment.hasPartition)
  }

  isSubscribedTo(topic: string): boolean {
    return !this.isEmpty && (this.#topology?.bySourceTopic.has(topic) ?? false)
  }

  /**
   * A member may commit with an older epoch, if it has had the task since then. Producers that do
   * not send the metadata of a member may commit at any time (KIP-447).
   */
  validateOffsetCommit(
    { memberId, groupInstanceId, generationIdOrMemberEpoch: epoch }: Committer,
    { isTransactional, apiVersion }: CommitOrigin,
  ): ApiError | PartitionValidator | undefined {
    if (epoch < 0 && this.#members.size === 0) return undefined
    if (isTransactional && epoch === NO_EPOCH && memberId === '' && groupInstanceId === null) {
      return undefined
    }
    const member = this.member(memberId)
    if (member instanceof ApiError) return member
    if (!isTransactional && apiVersion < MEMBER_EPOCH_VERSION) {
      return new ApiError(
        ErrorCode.UnsupportedVersion,
        'OffsetCommit version 9 or above must be used by members using the streams group protocol',
      )
    }
    return validateCommitEpoch(member, this.#topology, epoch)
  }

  validateOffsetFetch(memberId: string | null, memberEpoch: number): ApiError | undefined {
    if (memberId === null) {
      // Kafka fails on an epoch without a member id.
      return memberEpoch < 0 ? undefined : ApiError.of(ErrorCode.UnknownServerError)
    }
    const member = this.member(memberId)
    if (member instanceof ApiError) return member
    if (memberEpoch === member.memberEpoch) return undefined
    return new ApiError(
      ErrorCode.StaleMemberEpoch,
      `The received member epoch ${memberEpoch} does not match the expected member epoch ${member.memberEpoch}.`,
    )
  }

  validateOffsetDelete(): undefined {
    return undefined
  }

  validateDelete(): ApiError | undefined {
    return this.isEmpty ? undefined : ApiError.of(ErrorCode.NonEmptyGroup)
  }

  offsetRetention(): RetentionStart {
    return ({ commitTimestampMs }) => commitTimestampMs
  }

  rebalance(): StreamsGroupRecord[] {
    return [groupMetadataRecord(this.groupId, { ...this.#metadata, epoch: this.epoch + 1 })]
  }

  tombstones(): StreamsGroupRecord[] {
    return groupTombstones(this.groupId, [...this.#members.keys()])
  }

  /** A commit does not renew the session, as in Kafka. */
  onOffsetsCommitted(): void {}

  /** A static member stays until its session expires. */
  bindConnection(memberId: string, connection: GroupConnection): void {
    if (this.#members.get(memberId)?.instanceId === null) this.#session(memberId).bind(connection)
  }

  onMetadataChanged({ changedTopics, deletedTopics }: MetadataDelta): void {
    const topics = this.#topology?.requiredTopics
    if (topics === undefined) return
    for (const topic of topics) {
      if (changedTopics.has(topic) || deletedTopics.has(topic)) {
        return this.transient.refreshMetadata()
      }
    }
  }

  onLoaded(): void {
    this.#environment.onLoaded(this)
  }

  onDeleted(): void {
    this.onUnloaded()
    this.#environment.onDeleted(this)
  }

  onUnloaded(): void {
    for (const session of this.#sessions.values()) session.end()
    this.#sessions.clear()
  }

  #session(memberId: string): MemberSession {
    let session = this.#sessions.get(memberId)
    if (session === undefined) {
      session = this.#environment.openSession(this, memberId)
      this.#sessions.set(memberId, session)
    }
    return session
  }

  #update(member: StreamsMember): void {
    const previous = this.#members.get(member.memberId)
    this.#members.set(member.memberId, member)
    if (previous !== undefined) this.#releaseTasks(previous)
    this.owners.add(member.assignedTasks, member.processId)
    this.owners.add(member.tasksPendingRevocation, member.processId)
    if (previous?.instanceId != null) this.#staticMembers.delete(previous.instanceId)
    if (member.instanceId !== null) this.#staticMembers.set(member.instanceId, member.memberId)
    this.transient.forgetEndpoint(member.memberId)
    this.#updateState()
  }

  #remove(member: StreamsMember): void {
    const { memberId, instanceId } = member
    this.#members.delete(memberId)
    this.#releaseTasks(member)
    if (instanceId !== null) this.#staticMembers.delete(instanceId)
    this.#sessions.get(memberId)?.end()
    this.#sessions.delete(memberId)
    this.transient.forgetMember(memberId)
    this.#updateState()
  }

  #releaseTasks(member: StreamsMember): void {
    this.owners.remove(member.assignedTasks, member.processId)
    this.owners.remove(member.tasksPendingRevocation, member.processId)
  }

  #updateState(): void {
    this.#state = this.#nextState()
    if (this.isEmpty) this.transient.clearShutdownRequest()
  }

  #nextState(): StreamsGroupState {
    if (this.#members.size === 0) return StreamsGroupState.Empty
    if (this.#topology?.epoch !== this.#metadata.validatedTopologyEpoch) {
      return StreamsGroupState.NotReady
    }
    if (this.epoch > this.#assignmentEpoch) return StreamsGroupState.Assigning
    for (const member of this.#members.values()) {
      if (!isReconciledTo(member, this.#assignmentEpoch)) return StreamsGroupState.Reconciling
    }
    return StreamsGroupState.Stable
  }
}
