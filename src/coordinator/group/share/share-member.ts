import { isSameAssignment, NO_PARTITIONS } from '../modern/assigned-partitions.ts'
import type { AssignedPartitions } from '../modern/assignment-input.ts'
import { MemberState } from '../modern/member-state.ts'
import type { ModernMember } from '../modern/modern-member.ts'

/** The member epoch of a member that joins. */
export const JOIN_GROUP_MEMBER_EPOCH = 0

/** The member epoch of a member that leaves. */
export const LEAVE_GROUP_MEMBER_EPOCH = -1

/** A member of a share group (Kafka's `ShareGroupMember`). Immutable. */
export interface ShareMember extends ModernMember {
  /** The partitions that the member reads, together with other members. */
  readonly assigned: AssignedPartitions
}

/** The subscription and the properties of a member, which one record contains. */
export type MemberMetadata = Pick<
  ShareMember,
  'rackId' | 'clientId' | 'clientHost' | 'subscribedTopicNames'
>

/** The epoch and the partitions of a member, which one record contains. */
export type CurrentAssignment = Pick<
  ShareMember,
  'memberEpoch' | 'previousMemberEpoch' | 'state' | 'assigned'
>

/** Returns a member that has joined and has nothing yet. */
export function newShareMember(memberId: string): ShareMember {
  return {
    memberId,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    state: MemberState.Stable,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    subscribedTopicNames: new Set(),
    assigned: NO_PARTITIONS,
  }
}

/** Whether two members have the same subscription and properties. */
export function isSameMetadata(a: MemberMetadata, b: MemberMetadata): boolean {
  return (
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    isSameSubscription(a, b)
  )
}

/** Whether two members are subscribed to the same topics. */
export function isSameSubscription(a: MemberMetadata, b: MemberMetadata): boolean {
  if (a.subscribedTopicNames === b.subscribedTopicNames) return true
  if (a.subscribedTopicNames.size !== b.subscribedTopicNames.size) return false
  return [...a.subscribedTopicNames].every((topic) => b.subscribedTopicNames.has(topic))
}

/** Whether two members have the same epoch and partitions. */
export function isSameCurrent(a: CurrentAssignment, b: CurrentAssignment): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    a.state === b.state &&
    isSameAssignment(a.assigned, b.assigned)
  )
}
