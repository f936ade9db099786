import { invariant } from '../../../platform/invariant.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { GroupRecord } from '../group-records.ts'
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
import type { AssignedPartitions } from '../modern/assignment-input.ts'
import { NO_PARTITIONS } from '../modern/assigned-partitions.ts'
import { isReconciledTo } from '../modern/modern-member.ts'
import type { MemberObserver } from '../modern/member-observer.ts'
import { ModernGroup } from '../modern/modern-group.ts'
import { ConsumerGroupState } from './consumer-group-state.ts'
import { NOTHING_OWNED, newConsumerMember, regexOf } from './consumer-member.ts'
import type { ConsumerMember, CurrentAssignment, MemberMetadata } from './consumer-member.ts'
import { groupEpochRecord, groupTombstones } from './consumer-records.ts'
import { Counts } from './counts.ts'
import { validateCommit, validateFetch } from './offset-validation.ts'
import { PartitionEpochs } from './partition-epochs.ts'
import type { ResolvedRegex, ResolvedRegexes } from './resolved-regex.ts'
import { isHomogeneous } from './subscription-type.ts'

/** Notified of the members of a group, and of their partitions. */
export interface ConsumerMemberObserver extends MemberObserver<ConsumerMember> {
  /** The partitions of the member have changed. */
  assignmentChanged(member: ConsumerMember): void
}

/** Callbacks of a group. */
export interface ConsumerGroupHooks {
  createObserver(group: ConsumerGroup): ConsumerMemberObserver
  snapshot(group: ConsumerGroup): GroupSnapshot
}

/** The epoch of a group without a target assignment. */
const NO_ASSIGNMENT_EPOCH = -1

/** A consumer group of KIP-848 (Kafka's `ConsumerGroup`). Replayed records are its only writer. */
export class ConsumerGroup extends ModernGroup<ConsumerMember> implements Group {
  readonly type = 'consumer'
  readonly expires = true
  /** How many members have each regular expression. */
  readonly regexes = new Counts()
  /** How many members prefer each assignor. */
  readonly serverAssignors = new Counts()
  readonly partitionEpochs = new PartitionEpochs()
  /** Whether a record from before 4.1 has the partitions of its topics. */
  hasPartitionMetadataRecord = false
  readonly #hooks: ConsumerGroupHooks
  protected readonly observer: ConsumerMemberObserver
  readonly #staticMembers = new Map<string, string>()
  readonly #resolvedRegexes = new Map<string, ResolvedRegex>()
  #classicMemberCount = 0
  #isHomogeneous = true

  constructor(groupId: string, hooks: ConsumerGroupHooks) {
    super(groupId)
    this.#hooks = hooks
    this.observer = hooks.createObserver(this)
  }

  get state(): ConsumerGroupState {
    if (this.membersById.size === 0) return ConsumerGroupState.Empty
    if (this.groupEpoch > this.assignmentEpoch) return ConsumerGroupState.Assigning
    for (const member of this.membersById.values()) {
      if (!isReconciledTo(member, this.assignmentEpoch)) return ConsumerGroupState.Reconciling
    }
    return ConsumerGroupState.Stable
  }

  get isEmpty(): boolean {
    return this.membersById.size === 0
  }

  /** The number of members that use the classic protocol. */
  get classicMemberCount(): number {
    return this.#classicMemberCount
  }

  /**
   * Whether all members are subscribed to the same topics. As in Kafka, this is the answer at the
   * last change of a member: the topics of regular expressions may have changed since.
   */
  get isHomogeneous(): boolean {
    return this.#isHomogeneous
  }

  get resolvedRegexes(): ResolvedRegexes {
    return this.#resolvedRegexes
  }

  /** Returns the member with a group instance id. */
  staticMember(instanceId: string): ConsumerMember | undefined {
    const memberId = this.#staticMembers.get(instanceId)
    return memberId === undefined ? undefined : this.membersById.get(memberId)
  }

  /** Returns the target of a member. A static member gets that of its instance id. */
  targetOfMember({ memberId, instanceId }: ConsumerMember): AssignedPartitions {
    if (instanceId === null) return this.targetOf(memberId)
    const owner = this.#staticMembers.get(instanceId)
    return owner === undefined ? NO_PARTITIONS : this.targetOf(owner)
  }

  replayMember(memberId: string, metadata: MemberMetadata | null): void {
    const before = this.membersById.get(memberId)
    if (metadata !== null) {
      return this.#put({ ...(before ?? newConsumerMember(memberId)), ...metadata, memberId })
    }
    if (before === undefined) return
    invariant(before.memberEpoch === -1, 'a member is deleted after its current assignment')
    invariant(!this.targetAssignment.has(memberId), 'a member is deleted after its target')
    this.membersById.delete(memberId)
    this.#memberReplaced(before, undefined)
    this.observer.memberRemoved(memberId)
  }

  replayCurrent(memberId: string, current: CurrentAssignment | null): void {
    const before = this.membersById.get(memberId)
    if (current !== null) {
      const { memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation } = current
      const member = before ?? newConsumerMember(memberId)
      this.#put({
        ...member,
        memberEpoch,
        previousMemberEpoch,
        state,
        assigned,
        pendingRevocation,
      })
      return this.observer.assignmentChanged(this.membersById.get(memberId)!)
    }
    if (before === undefined) return
    this.#put({
      ...before,
      memberEpoch: -1,
      previousMemberEpoch: -1,
      assigned: NOTHING_OWNED,
      pendingRevocation: NOTHING_OWNED,
    })
  }

  replayTargetMetadata(metadata: { epoch: number; timestampMs: number } | null): void {
    invariant(
      metadata !== null || this.targetAssignment.size === 0,
      'the epoch of a target assignment is deleted after the targets',
    )
    this.assignmentEpoch = metadata?.epoch ?? NO_ASSIGNMENT_EPOCH
    this.assignmentTimestampMs = metadata?.timestampMs ?? 0
  }

  replayRegex(regex: string, resolved: ResolvedRegex | null): void {
    const before = this.#resolvedRegexes.get(regex)
    if (before !== undefined) {
      this.#resolvedRegexes.delete(regex)
      this.subscriptions.removeRegex(before.topics)
    }
    if (resolved === null) return
    this.#resolvedRegexes.set(regex, resolved)
    this.subscriptions.addRegex(resolved.topics)
  }

  asListed(): ListedGroup {
    return {
      groupId: this.groupId,
      protocolType: 'consumer',
      groupState: this.state,
      groupType: this.type,
    }
  }

  snapshot(): GroupSnapshot {
    return this.#hooks.snapshot(this)
  }

  rebalance(): GroupRecord[] {
    return [groupEpochRecord(this.groupId, this.groupEpoch + 1, this.metadataHash)]
  }

  validateOffsetCommit(
    committer: Committer,
    origin: CommitOrigin,
  ): ApiError | PartitionValidator | undefined {
    return validateCommit(this.membersById, committer, origin)
  }

  validateOffsetFetch(memberId: string | null, memberEpoch: number): ApiError | undefined {
    return validateFetch(this.membersById, memberId, memberEpoch)
  }

  validateOffsetDelete(): ApiError | undefined {
    return undefined
  }

  validateDelete(): ApiError | undefined {
    return this.isEmpty ? undefined : ApiError.of(ErrorCode.NonEmptyGroup)
  }

  offsetRetention(): RetentionStart {
    return ({ commitTimestampMs }) => commitTimestampMs
  }

  tombstones(): GroupRecord[] {
    return groupTombstones(this.groupId, [...this.members.keys()], this.#resolvedRegexes.keys())
  }

  /** Only heartbeats renew the session of a member. */
  onOffsetsCommitted(): void {}

  /** A static member stays until its session expires. */
  bindConnection(memberId: string, connection: GroupConnection): void {
    const member = this.membersById.get(memberId)
    if (member?.instanceId === null) this.observer.bind(memberId, connection)
  }

  #put(member: ConsumerMember): void {
    const before = this.membersById.get(member.memberId)
    this.putMember(member)
    this.#memberReplaced(before, member)
    this.observer.memberChanged(member)
  }

  /** Updates what is counted over all members. */
  #memberReplaced(before: ConsumerMember | undefined, after: ConsumerMember | undefined): void {
    if (before?.subscribedTopicNames !== after?.subscribedTopicNames) {
      this.subscriptions.removeNames(before?.subscribedTopicNames ?? [])
      this.subscriptions.addNames(after?.subscribedTopicNames ?? [])
    }
    this.serverAssignors.replace(
      before?.serverAssignor ?? undefined,
      after?.serverAssignor ?? undefined,
    )
    this.regexes.replace(regexOf(before), regexOf(after))
    this.partitionEpochs.replace(before, after)
    if (typeof before?.instanceId === 'string') this.#staticMembers.delete(before.instanceId)
    if (typeof after?.instanceId === 'string') {
      this.#staticMembers.set(after.instanceId, after.memberId)
    }
    this.#classicMemberCount += classicCount(after) - classicCount(before)
    this.#isHomogeneous = isHomogeneous(this.regexes, this.subscriptions, this.membersById.size)
  }
}

function classicCount(member: ConsumerMember | undefined): number {
  return (member?.classicMetadata ?? null) === null ? 0 : 1
}
