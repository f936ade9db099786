import type { MetadataDelta } from '../../../controller/metadata-image.ts'
import {
  FIRST_SLOT_COUNT,
  inTimelineHashMapOrder,
  javaStringHash,
  timelineSlotCount,
} from '../../../platform/java-hash-map.ts'
import { NO_PARTITIONS } from './assigned-partitions.ts'
import type { AssignedPartitions } from './assignment-input.ts'
import type { MemberObserver } from './member-observer.ts'
import type { ModernMember } from './modern-member.ts'
import { SubscriptionCounts } from './subscription-counts.ts'

/** The epoch of a group and of its target assignment before the first change. */
const INITIAL_EPOCH = 1

/** How long a metadata hash is valid if no topic changes: almost 25 days. */
const METADATA_REFRESH_INTERVAL_MS = 2 ** 31 - 1

/**
 * The state that groups share whose coordinator assigns partitions (Kafka's `ModernGroup`). Only
 * the replay of records changes it, except for the times of its computations.
 */
export abstract class ModernGroup<M extends ModernMember> {
  readonly groupId: string
  /** Grows whenever the target assignment must be computed again. */
  groupEpoch = INITIAL_EPOCH
  /** The hash of the subscribed topics for which the group epoch stands. */
  metadataHash = 0n
  /** The group epoch of the target assignment. */
  assignmentEpoch = INITIAL_EPOCH
  /** The time at which the target assignment was computed, in milliseconds; 0 for never. */
  assignmentTimestampMs = 0
  /** The turn of the event loop in which it was computed. */
  assignmentTurn: number | undefined
  readonly subscriptions = new SubscriptionCounts()
  protected readonly membersById = new Map<string, M>()
  protected abstract readonly observer: MemberObserver<M>
  /** The number of slots of Kafka's map of the members. It never shrinks. */
  #slotCount = FIRST_SLOT_COUNT
  readonly #targets = new Map<string, AssignedPartitions>()
  #metadataRefresh = { deadlineMs: 0, groupEpoch: 0 }

  constructor(groupId: string) {
    this.groupId = groupId
  }

  get members(): ReadonlyMap<string, M> {
    return this.membersById
  }

  /** The members in the order in which Kafka describes them and gives them to assignors. */
  get orderedMembers(): readonly M[] {
    const members = [...this.membersById.values()]
    const hashOf = ({ memberId }: M): number => javaStringHash(memberId)
    return inTimelineHashMapOrder(members, hashOf, this.#slotCount)
  }

  protected putMember(member: M): void {
    this.#slotCount = timelineSlotCount(this.#slotCount, this.membersById.size)
    this.membersById.set(member.memberId, member)
  }

  /** The target assignment, by member id. */
  get targetAssignment(): ReadonlyMap<string, AssignedPartitions> {
    return this.#targets
  }

  /** Returns the target partitions of a member, which are empty if it has none. */
  targetOf(memberId: string): AssignedPartitions {
    return this.#targets.get(memberId) ?? NO_PARTITIONS
  }

  setTarget(memberId: string, assigned: AssignedPartitions): void {
    this.#targets.set(memberId, assigned)
  }

  removeTarget(memberId: string): void {
    this.#targets.delete(memberId)
  }

  isSubscribedTo(topic: string): boolean {
    return this.subscriptions.has(topic)
  }

  /** Called when the metadata hash was computed for a group epoch that may not be written yet. */
  metadataWasRefreshed(nowMs: number, groupEpoch: number): void {
    this.#metadataRefresh = { deadlineMs: nowMs + METADATA_REFRESH_INTERVAL_MS, groupEpoch }
  }

  /**
   * Whether the metadata hash must be computed again: topics have changed, or the epoch of the last
   * time could not be written.
   */
  hasMetadataExpired(nowMs: number): boolean {
    const { deadlineMs, groupEpoch } = this.#metadataRefresh
    return nowMs >= deadlineMs || this.groupEpoch < groupEpoch
  }

  onMetadataChanged({ changedTopics, deletedTopics }: MetadataDelta): void {
    const topics = [...changedTopics.keys(), ...deletedTopics.keys()]
    if (topics.some((topic) => this.isSubscribedTo(topic))) {
      this.#metadataRefresh = { deadlineMs: 0, groupEpoch: 0 }
    }
  }

  /** Called when a member has sent a heartbeat: starts its session again. */
  renewSession(memberId: string): void {
    this.observer.renew(memberId)
  }

  onLoaded(): void {
    this.observer.started(this.membersById.values())
  }

  onDeleted(): void {
    this.observer.stopped()
  }

  onUnloaded(): void {
    this.observer.stopped()
  }
}
