import type { AssignedPartitions } from '../modern/assignment-input.ts'
import type { ConsumerMember, CurrentAssignment, MemberMetadata } from './consumer-member.ts'
import type { ResolvedRegex } from './resolved-regex.ts'

/** A record of a consumer group. Without a value it is a tombstone. */
export type ConsumerGroupRecord =
  | ConsumerGroupMetadata
  | ConsumerGroupPartitionMetadata
  | ConsumerGroupMemberMetadata
  | ConsumerGroupTargetMetadata
  | ConsumerGroupTargetMember
  | ConsumerGroupCurrentMember
  | ConsumerGroupRegex

/** The epoch of a group, and the hash of the topics for which it stands. */
export interface ConsumerGroupMetadata {
  readonly kind: 'consumerGroupMetadata'
  readonly groupId: string
  readonly metadata: { readonly epoch: number; readonly metadataHash: bigint } | null
}

/** The partitions of the subscribed topics, which Kafka wrote before 4.1. Only deleted here. */
export interface ConsumerGroupPartitionMetadata {
  readonly kind: 'consumerGroupPartitionMetadata'
  readonly groupId: string
  readonly exists: boolean
}

/** The subscription and the properties of a member. */
export interface ConsumerGroupMemberMetadata {
  readonly kind: 'consumerGroupMemberMetadata'
  readonly groupId: string
  readonly memberId: string
  readonly metadata: MemberMetadata | null
}

/** The group epoch of the target assignment, and the time at which it was computed. */
export interface ConsumerGroupTargetMetadata {
  readonly kind: 'consumerGroupTargetMetadata'
  readonly groupId: string
  readonly metadata: { readonly epoch: number; readonly timestampMs: number } | null
}

/** The target partitions of a member. */
export interface ConsumerGroupTargetMember {
  readonly kind: 'consumerGroupTargetMember'
  readonly groupId: string
  readonly memberId: string
  readonly assigned: AssignedPartitions | null
}

/** The partitions that a member has. */
export interface ConsumerGroupCurrentMember {
  readonly kind: 'consumerGroupCurrentMember'
  readonly groupId: string
  readonly memberId: string
  readonly current: CurrentAssignment | null
}

/** The topics that match a regular expression. */
export interface ConsumerGroupRegex {
  readonly kind: 'consumerGroupRegex'
  readonly groupId: string
  readonly regex: string
  readonly resolved: ResolvedRegex | null
}

/** Returns the record of a group epoch. */
export function groupEpochRecord(
  groupId: string,
  epoch: number,
  metadataHash: bigint,
): ConsumerGroupMetadata {
  return { kind: 'consumerGroupMetadata', groupId, metadata: { epoch, metadataHash } }
}

/** Returns the record of a member's subscription and properties. */
export function memberRecord(groupId: string, member: ConsumerMember): ConsumerGroupMemberMetadata {
  const { memberId } = member
  return { kind: 'consumerGroupMemberMetadata', groupId, memberId, metadata: member }
}

/** Returns the record of the epoch of a target assignment. */
export function targetEpochRecord(
  groupId: string,
  epoch: number,
  timestampMs: number,
): ConsumerGroupTargetMetadata {
  return { kind: 'consumerGroupTargetMetadata', groupId, metadata: { epoch, timestampMs } }
}

/** Returns the record of a member's target partitions. */
export function targetRecord(
  groupId: string,
  memberId: string,
  assigned: AssignedPartitions,
): ConsumerGroupTargetMember {
  return { kind: 'consumerGroupTargetMember', groupId, memberId, assigned }
}

/** Returns the record of a member's partitions. */
export function currentRecord(groupId: string, member: ConsumerMember): ConsumerGroupCurrentMember {
  const { memberId } = member
  return { kind: 'consumerGroupCurrentMember', groupId, memberId, current: member }
}

/** Returns the record of the topics that match a regular expression. */
export function regexRecord(
  groupId: string,
  regex: string,
  resolved: ResolvedRegex | null,
): ConsumerGroupRegex {
  return { kind: 'consumerGroupRegex', groupId, regex, resolved }
}

/** Returns the tombstones of a member, in the order that replay requires. */
export function memberTombstones(groupId: string, memberId: string): ConsumerGroupRecord[] {
  return [
    { kind: 'consumerGroupCurrentMember', groupId, memberId, current: null },
    { kind: 'consumerGroupTargetMember', groupId, memberId, assigned: null },
    { kind: 'consumerGroupMemberMetadata', groupId, memberId, metadata: null },
  ]
}

/** Returns the tombstones of a whole group with these members and regular expressions. */
export function groupTombstones(
  groupId: string,
  memberIds: readonly string[],
  regexes: Iterable<string>,
): ConsumerGroupRecord[] {
  const members = memberIds.map((memberId) => memberTombstones(groupId, memberId))
  return [
    ...members.map((records) => records[0]!),
    ...members.map((records) => records[1]!),
    { kind: 'consumerGroupTargetMetadata', groupId, metadata: null },
    ...members.map((records) => records[2]!),
    ...Array.from(regexes, (regex) => regexRecord(groupId, regex, null)),
    { kind: 'consumerGroupPartitionMetadata', groupId, exists: false },
    { kind: 'consumerGroupMetadata', groupId, metadata: null },
  ]
}
