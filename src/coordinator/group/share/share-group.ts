import { invariant } from '../../../platform/invariant.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../../protocol/error-code.ts'
import type { GroupRecord } from '../group-records.ts'
import type { GroupConnection } from '../group-request-context.ts'
import type { GroupSnapshot } from '../group-snapshot.ts'
import type { Group, ListedGroup } from '../group.ts'
import { NO_PARTITIONS } from '../modern/assigned-partitions.ts'
import type { MemberObserver } from '../modern/member-observer.ts'
import { ModernGroup } from '../modern/modern-group.ts'
import { newShareMember } from './share-member.ts'
import type { CurrentAssignment, MemberMetadata, ShareMember } from './share-member.ts'
import { groupEpochRecord, groupTombstones, memberTombstones } from './share-records.ts'
import type { StatePartitions } from './state-partitions.ts'

/** Callbacks of a group. */
export interface ShareGroupHooks {
  createObserver(group: ShareGroup): MemberObserver<ShareMember>
  snapshot(group: ShareGroup): GroupSnapshot
  nowMs(): number
}

/** The states of a share group. */
export type ShareGroupState = 'Empty' | 'Stable'

/** The epoch of a group without a target assignment. */
const NO_ASSIGNMENT_EPOCH = -1

/** A share group of KIP-932 (Kafka's `ShareGroup`). Replayed records are its only writer. */
export class ShareGroup extends ModernGroup<ShareMember> implements Group {
  readonly type = 'share'
  /** Deleted only by DeleteGroups, as in Kafka. */
  readonly expires = false
  readonly #hooks: ShareGroupHooks
  protected readonly observer: MemberObserver<ShareMember>
  #statePartitions: StatePartitions | undefined
  #statePartitionsSinceMs = 0

  constructor(groupId: string, hooks: ShareGroupHooks) {
    super(groupId)
    this.#hooks = hooks
    this.observer = hooks.createObserver(this)
  }

  get state(): ShareGroupState {
    return this.membersById.size === 0 ? 'Empty' : 'Stable'
  }

  get isEmpty(): boolean {
    return this.membersById.size === 0
  }

  /** The partitions that have share state; `undefined` if there were never any. */
  get statePartitions(): StatePartitions | undefined {
    return this.#statePartitions
  }

  /** The time of the last record of {@link statePartitions}, in milliseconds since the epoch. */
  get statePartitionsSinceMs(): number {
    return this.#statePartitionsSinceMs
  }

  replayMember(memberId: string, metadata: MemberMetadata | null): void {
    const before = this.membersById.get(memberId)
    if (metadata !== null) {
      const { rackId, clientId, clientHost, subscribedTopicNames } = metadata
      const changed = { rackId, clientId, clientHost, subscribedTopicNames }
      return this.#put({ ...(before ?? newShareMember(memberId)), ...changed })
    }
    if (before === undefined) return
    invariant(before.memberEpoch === -1, 'a member is deleted after its current assignment')
    invariant(!this.targetAssignment.has(memberId), 'a member is deleted after its target')
    this.membersById.delete(memberId)
    this.subscriptions.removeNames(before.subscribedTopicNames)
    this.observer.memberRemoved(memberId)
  }

  replayCurrent(memberId: string, current: CurrentAssignment | null): void {
    const before = this.membersById.get(memberId)
    if (current !== null) {
      const { memberEpoch, previousMemberEpoch, state, assigned } = current
      const changed = { memberEpoch, previousMemberEpoch, state, assigned }
      return this.#put({ ...(before ?? newShareMember(memberId)), ...changed })
    }
    if (before === undefined) return
    this.#put({ ...before, memberEpoch: -1, previousMemberEpoch: -1, assigned: NO_PARTITIONS })
  }

  replayTargetMetadata(metadata: { epoch: number; timestampMs: number } | null): void {
    invariant(
      metadata !== null || this.targetAssignment.size === 0,
      'the epoch of a target assignment is deleted after the targets',
    )
    this.assignmentEpoch = metadata?.epoch ?? NO_ASSIGNMENT_EPOCH
    this.assignmentTimestampMs = metadata?.timestampMs ?? 0
  }

  replayStatePartitions(partitions: StatePartitions | null): void {
    this.#statePartitions = partitions ?? undefined
    this.#statePartitionsSinceMs = this.#hooks.nowMs()
  }

  rebalance(): GroupRecord[] {
    return [groupEpochRecord(this.groupId, this.groupEpoch + 1, this.metadataHash)]
  }

  asListed(): ListedGroup {
    const { groupId, state } = this
    return { groupId, protocolType: 'share', groupState: state, groupType: 'share' }
  }

  snapshot(): GroupSnapshot {
    return this.#hooks.snapshot(this)
  }

  validateOffsetCommit(): ApiError {
    return this.#notConsumer()
  }

  validateOffsetFetch(): ApiError {
    return this.#notConsumer()
  }

  validateOffsetDelete(): ApiError {
    return this.#notConsumer()
  }

  validateDelete(): ApiError | undefined {
    if (this.isEmpty) return undefined
    return new ApiError(ErrorCode.NonEmptyGroup, errorMessage(ErrorCode.NonEmptyGroup))
  }

  /** A share group has no committed offsets. */
  offsetRetention(): undefined {
    return undefined
  }

  tombstones(): GroupRecord[] {
    const members = [...this.membersById.keys()].flatMap((memberId) =>
      memberTombstones(this.groupId, memberId),
    )
    return [...members, ...groupTombstones(this.groupId)]
  }

  onOffsetsCommitted(): void {}

  bindConnection(memberId: string, connection: GroupConnection): void {
    this.observer.bind(memberId, connection)
  }

  #put(member: ShareMember): void {
    const before = this.membersById.get(member.memberId)
    this.putMember(member)
    if (before?.subscribedTopicNames !== member.subscribedTopicNames) {
      this.subscriptions.removeNames(before?.subscribedTopicNames ?? [])
      this.subscriptions.addNames(member.subscribedTopicNames)
    }
    this.observer.memberChanged(member)
  }

  #notConsumer(): ApiError {
    return new ApiError(ErrorCode.GroupIdNotFound, `Group ${this.groupId} is not a consumer group.`)
  }
}
