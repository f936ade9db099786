import type {
  AssignmentInput,
  TargetAssignment,
} from '../../../../src/coordinator/group/modern/assignment-input.ts'
import type { Uuid } from '../../../../src/platform/uuid.ts'

/** Partitions by topic id. */
export type Partitions = Readonly<Record<Uuid, readonly number[]>>

export interface MemberCase {
  readonly memberId: string
  readonly instanceId?: string
  readonly topicIds: readonly Uuid[]
  readonly assigned: Partitions
}

/** The input of an assignor of consumer or share groups, as JSON. Java's driver reads it too. */
export interface GroupCase {
  readonly members: readonly MemberCase[]
  readonly isHomogeneous: boolean
  readonly partitionCounts: Readonly<Record<Uuid, number>>
  /** The partitions that members may get; by default all. */
  readonly assignable?: Partitions
}

/** A target assignment: partitions by member and topic id, in ascending order. */
export type TargetCase = Readonly<Record<string, Partitions>>

export function inputOf(group: GroupCase): AssignmentInput {
  const { assignable } = group
  return {
    members: new Map(
      group.members.map(({ memberId, instanceId, topicIds, assigned }) => [
        memberId,
        { instanceId, topicIds: new Set(topicIds), assigned: new Map(Object.entries(assigned)) },
      ]),
    ),
    isHomogeneous: group.isHomogeneous,
    partitionCount: (topicId) => group.partitionCounts[topicId],
    ...(assignable && {
      isAssignable: (topicId, partition) => assignable[topicId]?.includes(partition) === true,
    }),
  }
}

export function targetCaseOf(target: TargetAssignment): TargetCase {
  return Object.fromEntries(
    [...target].map(([memberId, assigned]) => [memberId, Object.fromEntries(assigned)]),
  )
}
