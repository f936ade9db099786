import type { Uuid } from '../../../platform/uuid.ts'
import { MemberState } from '../modern/member-state.ts'
import type { ModernMember } from '../modern/modern-member.ts'

/**
 * Partitions of a member, by topic id: the epoch in which the member got each partition. It may
 * commit offsets of the partition with this epoch and all later ones.
 */
export type OwnedPartitions = ReadonlyMap<Uuid, ReadonlyMap<number, number>>

/** A protocol of a member that uses the classic protocol. */
export interface ClassicProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

/** The parts of a member's JoinGroup request that a consumer group keeps. */
export interface ClassicMemberMetadata {
  readonly sessionTimeoutMs: number
  readonly supportedProtocols: readonly ClassicProtocol[]
}

/** The subscription and the properties of a member. */
export interface MemberMetadata {
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: ReadonlySet<string>
  /** `null` or empty for none. */
  readonly subscribedTopicRegex: string | null
  readonly rebalanceTimeoutMs: number
  /** The assignor that the member prefers; `null` for the default of the broker. */
  readonly serverAssignor: string | null
  /** Set if the member uses the classic protocol. */
  readonly classicMetadata: ClassicMemberMetadata | null
}

/** The partitions of a member, and how far it is with its target assignment. */
export interface CurrentAssignment {
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly assigned: OwnedPartitions
  /** The partitions that the member must revoke. */
  readonly pendingRevocation: OwnedPartitions
}

/** A member of a consumer group (Kafka's `ConsumerGroupMember`). Immutable. */
export interface ConsumerMember extends ModernMember, MemberMetadata, CurrentAssignment {}

/** The partitions of a member that has none. */
export const NOTHING_OWNED: OwnedPartitions = new Map()

/** The epoch of a static member that has left for a while. */
export const LEAVE_GROUP_STATIC_MEMBER_EPOCH = -2
/** The epoch of a member that has left. */
export const LEAVE_GROUP_MEMBER_EPOCH = -1

/** Returns a member that has not joined yet. */
export function newConsumerMember(memberId: string): ConsumerMember {
  return {
    memberId,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    state: MemberState.Stable,
    assigned: NOTHING_OWNED,
    pendingRevocation: NOTHING_OWNED,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    subscribedTopicNames: new Set(),
    subscribedTopicRegex: '',
    rebalanceTimeoutMs: -1,
    serverAssignor: null,
    classicMetadata: null,
  }
}

/** Whether the metadata of two members is the same, so that no record is needed. */
export function hasSameMetadata(a: MemberMetadata, b: MemberMetadata): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.subscribedTopicRegex === b.subscribedTopicRegex &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.serverAssignor === b.serverAssignor &&
    a.classicMetadata === b.classicMetadata &&
    isSameSet(a.subscribedTopicNames, b.subscribedTopicNames)
  )
}

/** Whether two members have the same partitions, epochs and state. */
export function hasSameAssignment(a: CurrentAssignment, b: CurrentAssignment): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    a.state === b.state &&
    isSameOwnership(a.assigned, b.assigned) &&
    isSameOwnership(a.pendingRevocation, b.pendingRevocation)
  )
}

/** Whether the partitions and their epochs are the same. */
export function isSameOwnership(a: OwnedPartitions, b: OwnedPartitions): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [topicId, epochs] of a) {
    const others = b.get(topicId)
    if (others?.size !== epochs.size) return false
    for (const [partition, epoch] of epochs) if (others.get(partition) !== epoch) return false
  }
  return true
}

/** Whether two sets have the same elements. */
export function isSameSet<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const element of a) if (!b.has(element)) return false
  return true
}

/** Returns the regular expression of a subscription, or `undefined` if it has none. */
export function regexOf(member: MemberMetadata | undefined): string | undefined {
  const regex = member?.subscribedTopicRegex
  return regex === null || regex === '' ? undefined : regex
}
