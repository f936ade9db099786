import type { Uuid } from '../../../platform/uuid.ts'

/** Partitions in ascending order, by topic id. */
export type AssignedPartitions = ReadonlyMap<Uuid, readonly number[]>

/** A member as an assignor sees it. */
export interface AssignorMember {
  readonly instanceId?: string | null | undefined
  /** The topics of the member's subscription that exist. */
  readonly topicIds: ReadonlySet<Uuid>
  /** The target assignment so far. */
  readonly assigned: AssignedPartitions
}

/**
 * The input of an assignor of consumer or share groups (Kafka's `GroupSpec` and
 * `SubscribedTopicDescriber`).
 *
 * Kafka's assignors iterate over a `HashMap` of members, so ours do it in the same order.
 */
export interface AssignmentInput {
  readonly members: ReadonlyMap<string, AssignorMember>
  /** Whether all members are subscribed to the same topics. */
  readonly isHomogeneous: boolean
  /** Returns the partition count of a topic, or undefined if there is no such topic. */
  partitionCount(topicId: Uuid): number | undefined
  /** Returns whether members may get the partition. By default all may be assigned. */
  isAssignable?(topicId: Uuid, partition: number): boolean
}

/** The new target assignment. Each member of the input has an entry, which may be empty. */
export type TargetAssignment = ReadonlyMap<string, AssignedPartitions>

/** An assignor of consumer or share groups, a pure function. */
export type PartitionAssignor = (input: AssignmentInput) => TargetAssignment
