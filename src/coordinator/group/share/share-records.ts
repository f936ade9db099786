import type { AssignedPartitions } from '../modern/assignment-input.ts'
import type { CurrentAssignment, MemberMetadata, ShareMember } from './share-member.ts'
import type { StatePartitions } from './state-partitions.ts'

/** A record of a share group. Without a value it is a tombstone. */
export type ShareGroupRecord =
  | ShareGroupMetadata
  | ShareGroupMemberMetadata
  | ShareGroupTargetMetadata
  | ShareGroupTargetMember
  | ShareGroupCurrentMember
  | ShareGroupStatePartitions

/** The epoch of a group, and the hash of the topics for which it stands. */
export interface ShareGroupMetadata {
  readonly kind: 'shareGroupMetadata'
  readonly groupId: string
  readonly metadata: { readonly epoch: number; readonly metadataHash: bigint } | null
}

/** The subscription and the properties of a member. */
export interface ShareGroupMemberMetadata {
  readonly kind: 'shareGroupMemberMetadata'
  readonly groupId: string
  readonly memberId: string
  readonly metadata: MemberMetadata | null
}

/** The group epoch of the target assignment, and the time at which it was computed. */
export interface ShareGroupTargetMetadata {
  readonly kind: 'shareGroupTargetMetadata'
  readonly groupId: string
  readonly metadata: { readonly epoch: number; readonly timestampMs: number } | null
}

/** The target partitions of a member. */
export interface ShareGroupTargetMember {
  readonly kind: 'shareGroupTargetMember'
  readonly groupId: string
  readonly memberId: string
  readonly assigned: AssignedPartitions | null
}

/** The partitions that a member has. */
export interface ShareGroupCurrentMember {
  readonly kind: 'shareGroupCurrentMember'
  readonly groupId: string
  readonly memberId: string
  readonly current: CurrentAssignment | null
}

/** The partitions that have share state. */
export interface ShareGroupStatePartitions {
  readonly kind: 'shareGroupStatePartitions'
  readonly groupId: string
  readonly partitions: StatePartitions | null
}

/** Returns the record of a group epoch. */
export function groupEpochRecord(
  groupId: string,
  epoch: number,
  metadataHash: bigint,
): ShareGroupMetadata {
  return { kind: 'shareGroupMetadata', groupId, metadata: { epoch, metadataHash } }
}

/** Returns the record of a member's subscription and properties. */
export function memberRecord(groupId: string, member: ShareMember): ShareGroupMemberMetadata {
  const { memberId } = member
  return { kind: 'shareGroupMemberMetadata', groupId, memberId, metadata: member }
}

/** Returns the record of the epoch of a target assignment. */
export function targetEpochRecord(
  groupId: string,
  epoch: number,
  timestampMs: number,
): ShareGroupTargetMetadata {
  return { kind: 'shareGroupTargetMetadata', groupId, metadata: { epoch, timestampMs } }
}

/** Returns the record of a member's target partitions. */
export function targetRecord(
  groupId: string,
  memberId: string,
  assigned: AssignedPartitions,
): ShareGroupTargetMember {
  return { kind: 'shareGroupTargetMember', groupId, memberId, assigned }
}

/** Returns the record of a member's partitions. */
export function currentRecord(groupId: string, member: ShareMember): ShareGroupCurrentMember {
  const { memberId } = member
  return { kind: 'shareGroupCurrentMember', groupId, memberId, current: member }
}

/** Returns the record of the partitions that have share state. */
export function statePartitionsRecord(
  groupId: string,
  partitions: StatePartitions,
): ShareGroupStatePartitions {
  return { kind: 'shareGroupStatePartitions', groupId, partitions }
}

/** Returns the tombstones of a member, in the order that replay requires. */
export function memberTombstones(groupId: string, memberId: string): ShareGroupRecord[] {
  return [
    { kind: 'shareGroupCurrentMember', groupId, memberId, current: null },
    { kind: 'shareGroupTargetMember', groupId, memberId, assigned: null },
    { kind: 'shareGroupMemberMetadata', groupId, memberId, metadata: null },
  ]
}

/** Returns the tombstones of a group without members. */
export function groupTombstones(groupId: string): ShareGroupRecord[] {
  return [
    { kind: 'shareGroupTargetMetadata', groupId, metadata: null },
    { kind: 'shareGroupStatePartitions', groupId, partitions: null },
    { kind: 'shareGroupMetadata', groupId, metadata: null },
  ]
}
